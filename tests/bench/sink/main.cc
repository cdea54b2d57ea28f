// The sink as a program: prints its port, and ends with its standard input.
#include <cstdio>

#include "tests/bench/sink/sink.h"

int main() {
  const hookd::bench::Sink sink(nullptr);
  std::printf("%d\n", sink.port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}
