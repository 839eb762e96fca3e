#include "workloads/frontend/frontend.h"

/* A new format is a file and a row here; the last one takes what is left. */
static const struct ts_frontend *const frontends[] = {&ts_frontend_one_liner, &ts_frontend_onnx,
                                                      &ts_frontend_scalesim, &ts_frontend_yaml};

const struct ts_frontend *ts_frontend_for(const char *workload)
{
    enum { COUNT = sizeof frontends / sizeof *frontends };
    for (int i = 0; i < COUNT - 1; i++) {
        if (frontends[i]->matches(workload)) {
            return frontends[i];
        }
    }
    return frontends[COUNT - 1];
}

bool ts_workload_is_one_liner(const char *workload)
{
    return ts_frontend_one_liner.matches(workload);
}
