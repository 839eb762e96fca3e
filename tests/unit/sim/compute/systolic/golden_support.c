#include "golden_support.h"

#include <string.h>

/* What travels along a wire in one clock. */
struct token {
    bool valid;
    int tag; /* index of the streamed row, or of k */
    int value;
};

struct cell {
    struct token across; /* register towards the right neighbour */
    struct token down;   /* register towards the neighbour below */
    int held;            /* standing operand or standing sum */
    int products;
};

typedef struct cell grid[GOLDEN_MAX_ARRAY][GOLDEN_MAX_ARRAY];

void golden_fill(struct golden_problem *problem, int m, int n, int k)
{
    memset(problem, 0, sizeof(*problem));
    problem->m = m;
    problem->n = n;
    problem->k = k;
    for (int i = 0; i < k; i++) {
        for (int j = 0; j < m; j++) {
            problem->a[j][i] = (7 * j + 3 * i) % 11 - 5;
        }
        for (int j = 0; j < n; j++) {
            problem->b[i][j] = (5 * i + 2 * j) % 13 - 6;
        }
    }
}

bool golden_is_right(const struct golden_problem *problem)
{
    for (int i = 0; i < problem->m; i++) {
        for (int j = 0; j < problem->n; j++) {
            int sum = 0;
            for (int l = 0; l < problem->k; l++) {
                sum += problem->a[i][l] * problem->b[l][j];
            }
            if (sum != problem->c[i][j]) {
                return false;
            }
        }
    }
    return true;
}

/* One fold of ws (inputs false) or is (inputs true): the standing matrix, the streamed one and
 * where results go, with zeros outside the problem. */
struct standing_fold {
    struct golden_problem *problem;
    bool inputs_stand;
    int first_k, first_column;
};

static int standing_value(const struct standing_fold *fold, int row, int column)
{
    const struct golden_problem *problem = fold->problem;
    const int k = fold->first_k + row;
    const int j = fold->first_column + column;
    if (k >= problem->k || j >= (fold->inputs_stand ? problem->m : problem->n)) {
        return 0;
    }
    return fold->inputs_stand ? problem->a[j][k] : problem->b[k][j];
}

static int streamed_value(const struct standing_fold *fold, int stream, int row)
{
    const int k = fold->first_k + row;
    if (k >= fold->problem->k) {
        return 0;
    }
    return fold->inputs_stand ? fold->problem->b[k][stream] : fold->problem->a[stream][k];
}

static void collect(const struct standing_fold *fold, int stream, int column, int value)
{
    struct golden_problem *problem = fold->problem;
    const int j = fold->first_column + column;
    if (fold->inputs_stand && j < problem->m) {
        problem->c[j][stream] += value;
    } else if (!fold->inputs_stand && j < problem->n) {
        problem->c[stream][j] += value;
    }
}

static void shift_in_standing(const struct standing_fold *fold, grid cells, int rows, int columns)
{
    for (int clock = 0; clock < rows; clock++) {
        for (int r = rows - 1; r > 0; r--) {
            for (int c = 0; c < columns; c++) {
                cells[r][c].held = cells[r - 1][c].held;
            }
        }
        for (int c = 0; c < columns; c++) {
            cells[0][c].held = standing_value(fold, rows - 1 - clock, c);
        }
    }
}

static long run_standing_fold(const struct standing_fold *fold, int rows, int columns)
{
    const int streams = fold->inputs_stand ? fold->problem->n : fold->problem->m;
    grid cells;
    memset(cells, 0, sizeof(cells));
    shift_in_standing(fold, cells, rows, columns);
    long cycles = rows;
    long collected = 0;
    for (int clock = 0; collected < (long)streams * columns; clock++, cycles++) {
        /* From the far corner backwards, so that every cell reads last clock's registers. */
        for (int r = rows - 1; r >= 0; r--) {
            for (int c = columns - 1; c >= 0; c--) {
                struct token left = c > 0 ? cells[r][c - 1].across : (struct token){0};
                if (c == 0 && clock - r >= 0 && clock - r < streams) {
                    const int stream = clock - r;
                    left = (struct token){true, stream, streamed_value(fold, stream, r)};
                }
                const int above = r > 0 ? cells[r - 1][c].down.value : 0;
                cells[r][c].across = left;
                cells[r][c].down = (struct token){
                    left.valid, left.tag, left.valid ? above + left.value * cells[r][c].held : 0};
                if (r == rows - 1 && left.valid) {
                    collect(fold, left.tag, c, cells[r][c].down.value);
                    collected++;
                }
            }
        }
    }
    return cycles;
}

static struct token edge(bool inside, int k, int depth, int value)
{
    return k >= 0 && k < depth ? (struct token){true, k, inside ? value : 0} : (struct token){0};
}

/* One clock of the output-stationary array. Returns products added. */
static int clock_outputs(const struct golden_problem *problem, grid cells, int first_row,
                         int first_column, int rows, int columns, int clock)
{
    int products = 0;
    for (int r = rows - 1; r >= 0; r--) {
        for (int c = columns - 1; c >= 0; c--) {
            const int i = first_row + r, j = first_column + c;
            const int ka = clock - r, kb = clock - c;
            const bool a_inside = i < problem->m, b_inside = j < problem->n;
            struct token a =
                c > 0 ? cells[r][c - 1].across
                      : edge(a_inside, ka, problem->k,
                             a_inside && ka >= 0 && ka < problem->k ? problem->a[i][ka] : 0);
            struct token b =
                r > 0 ? cells[r - 1][c].down
                      : edge(b_inside, kb, problem->k,
                             b_inside && kb >= 0 && kb < problem->k ? problem->b[kb][j] : 0);
            cells[r][c].across = a;
            cells[r][c].down = b;
            if (a.valid && b.valid && a.tag == b.tag) {
                cells[r][c].held += a.value * b.value;
                products++;
            }
        }
    }
    return products;
}

static long run_output_fold(struct golden_problem *problem, int first_row, int first_column,
                            int rows, int columns)
{
    grid cells;
    memset(cells, 0, sizeof(cells));
    long products = 0, cycles = 0;
    for (int clock = 0; products < (long)rows * columns * problem->k; clock++, cycles++) {
        products += clock_outputs(problem, cells, first_row, first_column, rows, columns, clock);
    }
    for (int r = 0; r < rows && first_row + r < problem->m; r++) {
        for (int c = 0; c < columns && first_column + c < problem->n; c++) {
            problem->c[first_row + r][first_column + c] = cells[r][c].held;
        }
    }
    return cycles;
}

long golden_run(struct golden_problem *problem, enum ts_systolic_dataflow dataflow, int rows,
                int columns)
{
    long cycles = 0;
    memset(problem->c, 0, sizeof(problem->c));
    if (dataflow == TS_SYSTOLIC_OS) {
        for (int i = 0; i < problem->m; i += rows) {
            for (int j = 0; j < problem->n; j += columns) {
                cycles += run_output_fold(problem, i, j, rows, columns);
            }
        }
        return cycles;
    }
    const bool inputs_stand = dataflow == TS_SYSTOLIC_IS;
    const int standing_columns = inputs_stand ? problem->m : problem->n;
    for (int k = 0; k < problem->k; k += rows) {
        for (int j = 0; j < standing_columns; j += columns) {
            struct standing_fold fold = {problem, inputs_stand, k, j};
            cycles += run_standing_fold(&fold, rows, columns);
        }
    }
    return cycles;
}
