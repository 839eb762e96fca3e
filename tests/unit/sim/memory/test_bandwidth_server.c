#include "suite.h"
#include "tessera/cache.h"

static void requests_queue_behind_each_other(void)
{
    struct ts_bandwidth_server server;

    ts_bandwidth_server_init(&server, 32.0, 10.0);
    CU_ASSERT_DOUBLE_EQUAL(ts_bandwidth_server_serve(&server, 5.0, 320.0), 25.0, 0.0);
    CU_ASSERT_DOUBLE_EQUAL(ts_bandwidth_server_serve(&server, 5.0, 64.0), 27.0, 0.0);
    CU_ASSERT_DOUBLE_EQUAL(ts_bandwidth_server_serve(&server, 100.0, 17.0), 110.53125, 0.0);
    CU_ASSERT_EQUAL(server.bytes, 401);
    CU_ASSERT_EQUAL(server.requests, 3);
    CU_ASSERT_DOUBLE_EQUAL(server.busy_cycles, 401.0 / 32.0, 1e-12);
}

static void a_peek_changes_nothing_and_tells_the_truth(void)
{
    struct ts_bandwidth_server server;
    double told;

    ts_bandwidth_server_init(&server, 7.0, 3.0);
    server.overhead_cycles = 2.0;
    (void)ts_bandwidth_server_serve(&server, 0.0, 70.0);
    told = ts_bandwidth_server_peek(&server, 4.0, 21.0);
    CU_ASSERT_EQUAL(server.requests, 1);
    CU_ASSERT_DOUBLE_EQUAL(ts_bandwidth_server_serve(&server, 4.0, 21.0), told, 0.0);
    CU_ASSERT_DOUBLE_EQUAL(told, 12.0 + 2.0 + 3.0 + 3.0, 1e-12);
}

static void an_unlimited_pipe_only_adds_latency(void)
{
    struct ts_bandwidth_server server;

    ts_bandwidth_server_init(&server, 0.0, 12.0);
    CU_ASSERT_DOUBLE_EQUAL(ts_bandwidth_server_serve(&server, 1.0, 1e12), 13.0, 0.0);
    CU_ASSERT_DOUBLE_EQUAL(ts_bandwidth_server_serve(&server, 1.0, -5.0), 13.0, 0.0);
}

static void a_reset_pipe_is_free_and_keeps_its_figures(void)
{
    struct ts_bandwidth_server server;

    ts_bandwidth_server_init(&server, 2.0, 1.0);
    (void)ts_bandwidth_server_serve(&server, 0.0, 1000.0);
    ts_bandwidth_server_reset(&server);
    CU_ASSERT_EQUAL(server.bytes, 0);
    CU_ASSERT_DOUBLE_EQUAL(ts_bandwidth_server_serve(&server, 0.0, 2.0), 2.0, 0.0);
}

int main(void)
{
    const struct test_case cases[] = {
        {"requests queue behind each other", requests_queue_behind_each_other},
        {"a peek changes nothing and tells the truth", a_peek_changes_nothing_and_tells_the_truth},
        {"an unlimited pipe only adds latency", an_unlimited_pipe_only_adds_latency},
        {"a reset pipe is free and keeps its figures", a_reset_pipe_is_free_and_keeps_its_figures},
    };
    return RUN_SUITE("bandwidth_server", cases);
}
