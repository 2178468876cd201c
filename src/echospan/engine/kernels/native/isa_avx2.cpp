#define TABLE echospan_avx2
#define TABLE_NAME "avx2"
#include "table.inc"
