/* Defines the functions that glibc 2.38 renamed under their new names, for an addon that is linked against glibc 2.38 and a
   system with an older one. */

#include <stdarg.h>

long strtol(const char *, char **, int);
unsigned long strtoul(const char *, char **, int);
int vsscanf(const char *, const char *, va_list);

long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }
unsigned long __isoc23_strtoul(const char *text, char **end, int base) { return strtoul(text, end, base); }

int __isoc23_sscanf(const char *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int count = vsscanf(text, format, arguments);
  va_end(arguments);
  return count;
}
