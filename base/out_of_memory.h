/* The end of a process that gets no memory. Simulations and points of a sweep are processes of
 * their own: whoever waits for them tells this end from a crash. Internal. */
#ifndef BASE_OUT_OF_MEMORY_H
#define BASE_OUT_OF_MEMORY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The exit status: errno's ENOMEM. */
enum { OUT_OF_MEMORY_STATUS = 12 };

/* Says so on standard error; 0: it is not known how many bytes. */
void out_of_memory(size_t size_bytes) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif
#endif
