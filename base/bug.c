/* The end of a programmer's error. It leans on nothing, so that all may call it. */
#include "tessera/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void ts_bug_at(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "%s:%d: internal error: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}
