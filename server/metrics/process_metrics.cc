#include "metrics/process_metrics.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace hookd {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double OpenDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator descriptors("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(begin(descriptors), end(descriptors)));
}

double MaxDescriptors() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

void AddProcessMetrics(Metrics& metrics, absl::Time start_time) {
  using prometheus::MetricType;
  metrics.Ask(
      {{"process_cpu_seconds_total", "User and system CPU time, in seconds", MetricType::Counter},
       {"process_resident_memory_bytes", "Resident memory, in bytes", MetricType::Gauge},
       {"process_open_fds", "Open file descriptors", MetricType::Gauge},
       {"process_max_fds", "Maximum number of open file descriptors", MetricType::Gauge},
       {"process_start_time_seconds", "Start time of the process, in seconds since the Unix epoch",
        MetricType::Gauge}},
      [start = absl::ToDoubleSeconds(start_time - absl::UnixEpoch())] {
        return std::vector<double>{CpuSeconds(), ResidentBytes(), OpenDescriptors(), MaxDescriptors(), start};
      });
}

}  // namespace hookd
