/* What was probably meant: the nearest of the known words. */
#include "tessera/suggest.h"

#include "tessera/diag.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_SUGGESTED = 63 };

static size_t minimum(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance: insert, delete, replace, swap neighbours; case-blind. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST_SUGGESTED + 1];
    for (size_t j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            int x = tolower((unsigned char)a[i - 1]);
            int y = tolower((unsigned char)b[j - 1]);
            now[j] = minimum(minimum(last[j] + 1, now[j - 1] + 1), last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2])) {
                now[j] = minimum(now[j], before[j - 2] + 1);
            }
        }
    }
    return rows[a_length % 3][b_length];
}

const char *ts_suggest(const char *word, const char *const *candidates, size_t count)
{
    size_t length = strlen(word);
    if (length == 0 || length > LONGEST_SUGGESTED) {
        return NULL;
    }
    const char *best = NULL;
    size_t best_distance = length / 3 + 2; /* further away is a guess, not a suggestion */
    for (size_t i = 0; i < count; i++) {
        size_t candidate_length = strlen(candidates[i]);
        if (candidate_length > LONGEST_SUGGESTED) {
            continue;
        }
        size_t distance = edit_distance(word, length, candidates[i], candidate_length);
        if (length > 2 && strncmp(candidates[i], word, length) == 0) {
            distance = minimum(distance, 1); /* a word cut short: train for training */
        } else if (length > 2 && strstr(candidates[i], word)) {
            distance = minimum(distance, 2); /* or a part of one: a100 */
        }
        bool likelier =
            best && distance == best_distance && *candidates[i] == *word && *best != *word;
        if ((distance < best_distance || likelier) && distance < candidate_length) {
            best = candidates[i];
            best_distance = distance;
        }
    }
    return best;
}

/* Case-blind, as all suggestions are. */
static bool begins(const char *candidate, const char *word)
{
    return strncasecmp(candidate, word, strlen(word)) == 0;
}

static bool contains(const char *candidate, const char *word)
{
    for (; *candidate; candidate++) {
        if (begins(candidate, word)) {
            return true;
        }
    }
    return false;
}

const char *ts_suggest_names(const char *word, const char *const *candidates, size_t count,
                             struct ts_arena *arena)
{
    enum { MOST = 6 };
    bool (*const meant[])(const char *, const char *) = {begins, contains};
    const char *found[MOST];
    size_t names = 0;
    for (int way = 0; way < 2 && names == 0 && strlen(word) > 2; way++) {
        for (size_t i = 0; i < count && names < MOST; i++) {
            if (meant[way](candidates[i], word)) {
                found[names++] = candidates[i];
            }
        }
    }
    if (names == 0) {
        const char *near = ts_suggest(word, candidates, count);
        return near ? ts_arena_printf(arena, "'%s'", near) : NULL;
    }
    const char *list = ts_arena_printf(arena, "'%s'", found[0]);
    for (size_t i = 1; i < names; i++) {
        list = ts_arena_printf(arena, "%s%s '%s'", list, i + 1 < names ? "," : " or", found[i]);
    }
    return list;
}
