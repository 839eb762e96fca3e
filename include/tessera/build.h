/* Which build of the program runs: two with one version may model differently. */
#ifndef TESSERA_BUILD_H
#define TESSERA_BUILD_H

#ifdef __cplusplus
extern "C" {
#endif

/* The first eight hexadecimal digits of the build ID that the linker gave the program, a digest of
 * its contents; "unknown" when it has none. */
const char *ts_build(void);

/* ts_version() and ts_build(), as semantic versioning joins them: "0.1.0+46f4b323". */
const char *ts_version_and_build(void);

#ifdef __cplusplus
}
#endif
#endif
