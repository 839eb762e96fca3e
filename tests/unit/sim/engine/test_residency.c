#include "sim/engine/residency.h"
#include "suite.h"

static struct resident_tensor tensor(int32_t id, double bytes, double dirty_bytes)
{
    return (struct resident_tensor){
        .tensor = id, .bytes = bytes, .dirty_bytes = dirty_bytes, .total_bytes = bytes};
}

static void the_newest_tensors_stay(void)
{
    struct residency residency = {0};
    CU_ASSERT_EQUAL(residency_insert(&residency, tensor(1, 60, 0), 100), 0);
    CU_ASSERT_EQUAL(residency_insert(&residency, tensor(2, 60, 0), 100), 0);
    CU_ASSERT_DOUBLE_EQUAL(residency_fraction(&residency, 1), 40.0 / 60, 1e-12);
    CU_ASSERT_EQUAL(residency_fraction(&residency, 2), 1);
    residency_insert(&residency, tensor(3, 100, 0), 100);
    CU_ASSERT_EQUAL(residency_fraction(&residency, 1), 0);
    CU_ASSERT_EQUAL(residency_fraction(&residency, 2), 0);
    CU_ASSERT_EQUAL(residency.count, 1);
}

static void dirty_bytes_are_displaced_once(void)
{
    struct residency residency = {0};
    residency_insert(&residency, tensor(1, 80, 80), 100);
    CU_ASSERT_EQUAL(residency_insert(&residency, tensor(2, 50, 0), 100), 30);
    CU_ASSERT_EQUAL(residency_insert(&residency, tensor(3, 100, 0), 100), 50);
    CU_ASSERT_EQUAL(residency_insert(&residency, tensor(4, 100, 0), 100), 0);
}

static void a_tensor_used_again_is_new_again(void)
{
    struct residency residency = {0};
    residency_insert(&residency, tensor(1, 50, 0), 100);
    residency_insert(&residency, tensor(2, 50, 0), 100);
    residency_insert(&residency, tensor(1, 50, 0), 100);
    residency_insert(&residency, tensor(3, 50, 0), 100);
    CU_ASSERT_EQUAL(residency_fraction(&residency, 1), 1);
    CU_ASSERT_EQUAL(residency_fraction(&residency, 2), 0);
    CU_ASSERT_EQUAL(residency.count, 2);
}

static void a_first_touch_finds_the_share_that_is_there(void)
{
    struct residency residency = {0};
    residency_insert(&residency, tensor(7, 200, 0), 100); /* half of it fits */
    residency_begin(&residency);
    CU_ASSERT_EQUAL(residency_first_touch(&residency, 7, 60), 30);
    CU_ASSERT_EQUAL(residency_first_touch(&residency, 7, 140), 70);
    CU_ASSERT_EQUAL(residency_first_touch(&residency, 7, 140), 0); /* touched before */
    CU_ASSERT_EQUAL(residency_first_touch(&residency, 8, 60), 0);
}

static void scratch_dies_with_its_kernel(void)
{
    struct residency residency = {0};
    residency_insert(&residency, tensor(-1, 10, 10), 100);
    residency_insert(&residency, tensor(5, 10, 0), 100);
    residency_insert(&residency, tensor(-2, 10, 0), 100);
    residency_drop_scratch(&residency);
    CU_ASSERT_EQUAL(residency.count, 1);
    CU_ASSERT_EQUAL(residency_fraction(&residency, 5), 1);
}

static void more_tensors_than_entries_forget_the_oldest(void)
{
    struct residency residency = {0};
    for (int32_t id = 0; id < 2 * TS_RESIDENT_TENSORS; id++) {
        double displaced = residency_insert(&residency, tensor(id, 1, 1), 1e6);
        CU_ASSERT_EQUAL(displaced, id >= TS_RESIDENT_TENSORS ? 1 : 0);
    }
    CU_ASSERT_EQUAL(residency.count, TS_RESIDENT_TENSORS);
    CU_ASSERT_EQUAL(residency_fraction(&residency, 0), 0);
}

int main(void)
{
    const struct test_case cases[] = {
        {"the newest tensors stay", the_newest_tensors_stay},
        {"dirty bytes are displaced once", dirty_bytes_are_displaced_once},
        {"a tensor used again is new again", a_tensor_used_again_is_new_again},
        {"a first touch finds the share that is there",
         a_first_touch_finds_the_share_that_is_there},
        {"scratch dies with its kernel", scratch_dies_with_its_kernel},
        {"more tensors than entries forget the oldest",
         more_tensors_than_entries_forget_the_oldest},
    };
    return RUN_SUITE("residency", cases);
}
