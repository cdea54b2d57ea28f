#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

#include "hookctl/hookctl.h"

int main(int argc, char** argv) {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) size.ws_col = 0;
  return hookctl::Run({argv + 1, argv + argc}, {std::cin, std::cout, std::cerr, size.ws_col});
}
