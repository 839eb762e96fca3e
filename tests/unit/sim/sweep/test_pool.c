#include "suite.h"

#include "tessera/sweep.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { POINTS = 97 };

struct board {
    int64_t value[POINTS];
    int answers[POINTS];
    bool died[POINTS];
    int total;
};

static void square(void *context, int64_t index, FILE *answer)
{
    (void)context;
    fprintf(answer, "%" PRId64, index * index);
}

static void note(void *context, const struct ts_pool_answer *answer)
{
    struct board *board = context;
    board->answers[answer->index]++;
    board->died[answer->index] = answer->died;
    board->value[answer->index] = answer->died ? -1 : strtoll(answer->text, NULL, 10);
    board->total++;
}

static bool run(struct board *board, int count, int workers, void (*work)(void *, int64_t, FILE *))
{
    struct ts_diagnostics diagnostics;
    struct ts_pool pool = {
        .count = count, .workers = workers, .context = board, .work = work, .done = note};
    ts_diagnostics_init(&diagnostics);
    memset(board, 0, sizeof *board);
    bool ok = ts_pool_run(&pool, &diagnostics);
    CU_ASSERT_EQUAL(ok, diagnostics.errors == 0);
    ts_diagnostics_release(&diagnostics);
    return ok;
}

static void every_point_is_answered_once(void)
{
    static struct board board;
    const int workers[] = {1, 3, 8, 200};
    for (int w = 0; w < 4; w++) {
        CU_ASSERT_TRUE(run(&board, POINTS, workers[w], square));
        CU_ASSERT_EQUAL(board.total, POINTS);
        for (int i = 0; i < POINTS; i++) {
            CU_ASSERT_EQUAL(board.answers[i], 1);
            CU_ASSERT_EQUAL(board.value[i], (int64_t)i * i);
        }
    }
}

static void crash_on_sevens(void *context, int64_t index, FILE *answer)
{
    if (index % 7 == 0) {
        raise(SIGKILL);
    }
    if (index % 7 == 1) {
        _exit(3);
    }
    square(context, index, answer);
}

static void a_crash_costs_its_point_alone(void)
{
    static struct board board;
    CU_ASSERT_TRUE(run(&board, POINTS, 3, crash_on_sevens));
    CU_ASSERT_EQUAL(board.total, POINTS);
    for (int i = 0; i < POINTS; i++) {
        CU_ASSERT_EQUAL(board.answers[i], 1);
        CU_ASSERT_EQUAL(board.died[i], i % 7 < 2);
        CU_ASSERT_EQUAL(board.value[i], i % 7 < 2 ? -1 : (int64_t)i * i);
    }
}

static void no_points_are_no_work(void)
{
    static struct board board;
    CU_ASSERT_TRUE(run(&board, 0, 4, square));
    CU_ASSERT_EQUAL(board.total, 0);
}

static void points_are_handed_out_in_the_order_that_is_asked_for(void)
{
    static struct board board;
    const int64_t order[] = {90, 3, 17};
    struct ts_diagnostics diagnostics;
    struct ts_pool pool = {
        .count = 3, .order = order, .workers = 2, .context = &board, .work = square, .done = note};
    ts_diagnostics_init(&diagnostics);
    memset(&board, 0, sizeof board);
    CU_ASSERT_TRUE(ts_pool_run(&pool, &diagnostics));
    CU_ASSERT_EQUAL(board.total, 3);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(board.answers[order[i]], 1);
        CU_ASSERT_EQUAL(board.value[order[i]], order[i] * order[i]);
    }
    ts_diagnostics_release(&diagnostics);
}

static void long_answer(void *context, int64_t index, FILE *answer)
{
    (void)context;
    for (int i = 0; i < 300000; i++) {
        fputc('0' + (int)(index % 10), answer);
    }
}

static void check_length(void *context, const struct ts_pool_answer *answer)
{
    struct board *board = context;
    bool whole = answer->length == 300000 &&
                 answer->text[299999] == '0' + (char)(answer->index % 10) &&
                 strlen(answer->text) == 300000;
    board->total += whole;
}

static void answers_longer_than_a_socket_buffer_arrive_whole(void)
{
    static struct board board;
    struct ts_diagnostics diagnostics;
    struct ts_pool pool = {
        .count = 9, .workers = 4, .context = &board, .work = long_answer, .done = check_length};
    ts_diagnostics_init(&diagnostics);
    board.total = 0;
    CU_ASSERT_TRUE(ts_pool_run(&pool, &diagnostics));
    CU_ASSERT_EQUAL(board.total, 9);
    ts_diagnostics_release(&diagnostics);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"every point is answered once, whatever the number of workers",
         every_point_is_answered_once},
        {"a crash costs its point alone", a_crash_costs_its_point_alone},
        {"no points are no work", no_points_are_no_work},
        {"points are handed out in the order that is asked for",
         points_are_handed_out_in_the_order_that_is_asked_for},
        {"answers longer than a socket buffer arrive whole",
         answers_longer_than_a_socket_buffer_arrive_whole},
    };
    return RUN_SUITE("pool", cases);
}
