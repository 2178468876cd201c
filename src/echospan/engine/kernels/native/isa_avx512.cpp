#define TABLE echospan_avx512
#define TABLE_NAME "avx512"
#include "table.inc"
