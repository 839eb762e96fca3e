/* Temporary files that a signal which ends the program takes with it. */
#ifndef CLI_TEMPORARY_H
#define CLI_TEMPORARY_H

/* `path` goes on SIGINT, SIGTERM and SIGHUP, until it is forgotten. The text stays the caller's. */
void cli_temporary_note(const char *path);
void cli_temporary_forget(const char *path);

#endif
