// The headers are all there is; SwiftPM wants one file to compile.
#include "CLinux.h"
