// The floor of a body: its JSON, and its signature. hookd_bench_floor_body EVENTS
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>
#include <string>

#include "tests/bench/floor/floor.h"

int main(int argc, char** argv) {
  const int64_t events = argc > 1 ? std::atoll(argv[1]) : 100'000;
  const hookd::v1::Event event = hookd::bench::FloorEvent();
  const std::string key(32, 'k');
  int64_t bytes = 0;
  const double before = hookd::bench::CpuMicroseconds();
  for (int64_t i = 0; i < events; ++i) {
    const std::string signed_text = "06cdtz3n80h40.1700000000." + hookd::ToJson(event);
    unsigned char signature[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), signature, &size);
    bytes += size + signature[0];
  }
  hookd::bench::PrintPerEvent(hookd::bench::CpuMicroseconds() - before, events);
  return bytes == 0 ? 1 : 0;
}
