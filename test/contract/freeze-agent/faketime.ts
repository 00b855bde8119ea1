/** The library that stands between a program and the clock. */
export const LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
