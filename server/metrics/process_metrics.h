// Metrics of the process, under the standard names of Prometheus client libraries: memory, CPU, descriptors
// and start time. Thread-safe; no state.
#ifndef HOOKD_METRICS_PROCESS_METRICS_H_
#define HOOKD_METRICS_PROCESS_METRICS_H_

#include "absl/time/time.h"
#include "metrics/metrics.h"

namespace hookd {

void AddProcessMetrics(Metrics& metrics, absl::Time start_time);

}  // namespace hookd

#endif  // HOOKD_METRICS_PROCESS_METRICS_H_
