/* What Tessera itself costs: CPU seconds and peak memory of whole runs of the program.
 *
 *     cmake --build build --target benchmark
 *
 * Prints figures, judges nothing: machines are noisy. CPU time counts the program and the children
 * it simulates in; memory is the largest single process. Each command runs a few times; the median
 * is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 5, MOST_WORDS = 24 };

struct row {
    const char *what;
    const char *target;
    const char *words[MOST_WORDS];
};

static const struct row rows[] = {
    {"ResNet-50, batch 1, CPU", "20 ms, 40 MB", {"run", "-w", "resnet50", "-a", "cpu"}},
    {"ResNet-50, batch 1, GPU", "20 ms, 40 MB", {"run", "-w", "resnet50", "-a", "gpu"}},
    {"ResNet-50, batch 1, TPU", "20 ms, 40 MB", {"run", "-w", "resnet50", "-a", "tpu"}},
    {"ResNet-50, batch 1, EIE", "20 ms, 40 MB", {"run", "-w", "resnet50", "-a", "eie"}},
    {"ResNet-50, four machines",
     "80 ms",
     {"compare", "-w", "resnet50", "-a", "cpu", "-a", "gpu", "-a", "tpu", "-a", "eie"}},
    {"ResNet-50, batch 64, GPU", "-", {"run", "-w", "resnet50", "-b", "64", "-a", "gpu"}},
    {"the same, every tile", "-", {"run", "-w", "resnet50", "-b", "64", "-a", "gpu", "--exact"}},
    {"ResNet-50, batch 64, training",
     "-",
     {"run", "-w", "resnet50", "-b", "64", "-m", "training", "-a", "gpu"}},
    {"VGG-16, batch 64, training, Maxwell",
     "-",
     {"run", "-w", "vgg16", "-b", "64", "-m", "training", "-a", "gpu-titan-x-maxwell"}},
    {"MobileNet-v1, batch 64, V100",
     "-",
     {"run", "-w", "mobilenet-v1", "-b", "64", "-a", "gpu-v100-sxm2"}},
    {"BERT-base, training, GPU", "-", {"run", "-w", "bert-base", "-m", "training", "-a", "gpu"}},
    {"GPT-3 175B, batch 1, GPU", "0.3 s", {"run", "-w", "gpt3-175", "-a", "gpu"}},
    {"GPT-3 175B, batch 4, GPU", "-", {"run", "-w", "gpt3-175", "-b", "4", "-a", "gpu"}},
    {"Llama 2 70B, batch 4, GPU", "-", {"run", "-w", "llama2-70b", "-b", "4", "-a", "gpu"}},
    {"GEMM 512, TPU", "-", {"run", "-w", "gemm:512,512,512", "-a", "tpu"}},
    {"GEMM 32768x16384x4096, GPU", "-", {"run", "-w", "gemm:32768,16384,4096", "-a", "gpu"}},
};

struct cost {
    double cpu_s;
    double peak_mb;
};

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

/* Exit status of one run, its cost in *cost. */
static int run_once(const char *program, const struct row *row, struct cost *cost)
{
    const char *words[MOST_WORDS + 2] = {program};
    for (int i = 0; i < MOST_WORDS && row->words[i]; i++) {
        words[i + 1] = row->words[i];
    }
    fflush(stdout); /* or the child would write it again */
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout)) {
            _exit(126);
        }
        execv(program, (char *const *)words);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        return -1;
    }
    /* wait4 counts the grandchildren that the program itself waited for. */
    *cost = (struct cost){seconds(usage.ru_utime) + seconds(usage.ru_stime),
                          (double)usage.ru_maxrss * 1024 / 1e6};
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int by_cpu(const void *a, const void *b)
{
    double x = ((const struct cost *)a)->cpu_s, y = ((const struct cost *)b)->cpu_s;
    return (x > y) - (x < y);
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: benchmark PROGRAM\n");
        return 2;
    }
    printf("%-36s %10s %12s   %s\n", "median of 5 runs", "CPU [s]", "peak [MB]", "target");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cost costs[RUNS];
        for (int run = 0; run < RUNS; run++) {
            if (run_once(arguments[1], &rows[i], &costs[run]) != 0) {
                fprintf(stderr, "'%s' failed\n", rows[i].what);
                return 1;
            }
        }
        qsort(costs, RUNS, sizeof costs[0], by_cpu);
        printf("%-36s %10.3f %12.1f   %s\n", rows[i].what, costs[RUNS / 2].cpu_s,
               costs[RUNS / 2].peak_mb, rows[i].target);
    }
    return 0;
}
