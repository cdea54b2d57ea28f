#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "hookctl/hookctl.h"

namespace {

// The width of the terminal behind `descriptor` in columns, 80 if it is unknown; 0 if it is not a terminal.
int WidthOf(int descriptor) {
  if (isatty(descriptor) == 0) return 0;
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

int main(int argc, char** argv) {
  // gRPC would log to stderr, which is for hookctl's errors.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  return hookctl::Run({argv + 1, argv + argc},
                      {std::cin, std::cout, std::cerr, WidthOf(STDOUT_FILENO), WidthOf(STDERR_FILENO)});
}
