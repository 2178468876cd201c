#define TABLE echospan_baseline
#define TABLE_NAME "baseline"
#include "table.inc"
