#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

#include "hookctl/hookctl.h"

namespace {

// Columns of the terminal that `descriptor` is; 0 if it is none.
int WidthOf(int descriptor) {
  winsize size{};
  return isatty(descriptor) != 0 && ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

int main(int argc, char** argv) {
  return hookctl::Run({argv + 1, argv + argc},
                      {std::cin, std::cout, std::cerr, WidthOf(STDOUT_FILENO), WidthOf(STDERR_FILENO)});
}
