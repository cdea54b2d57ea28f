// The records of webhooks whose health changed since it was last stored: each once, without a lock and
// without an allocation, so that an attempt can add its webhook's.
//
// Thread-safe.
#ifndef HOOKD_DELIVERY_HEALTH_CHANGED_RECORDS_H_
#define HOOKD_DELIVERY_HEALTH_CHANGED_RECORDS_H_

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "delivery/health/health_record.h"

namespace hookd {

class ChangedRecords {
 public:
  ChangedRecords() = default;
  ~ChangedRecords() { Take(); }  // breaks the cycles of records that keep themselves

  // Adds the record, unless it is listed. Call it after the change.
  void Add(const std::shared_ptr<HealthRecord>& record) {
    // What was changed before is read after TakeOff, which is after this or finds it listed.
    if (record->listed_.exchange(true, std::memory_order_acq_rel)) return;
    record->kept_ = record;
    record->next_ = newest_.load(std::memory_order_relaxed);
    while (!newest_.compare_exchange_weak(record->next_, record.get(), std::memory_order_release,
                                          std::memory_order_relaxed)) {
    }
  }

  // Removes all, and returns them, the longest listed first. Each stays marked as listed until TakeOff.
  std::vector<std::shared_ptr<HealthRecord>> Take() {
    std::vector<std::shared_ptr<HealthRecord>> taken;
    HealthRecord* record = newest_.exchange(nullptr, std::memory_order_acquire);
    while (record != nullptr) {
      HealthRecord* const next = record->next_;
      taken.push_back(std::move(record->kept_));
      record = next;
    }
    std::reverse(taken.begin(), taken.end());
    return taken;
  }

  // The record is about to be read: changes from now on list it again.
  static void TakeOff(HealthRecord& record) { record.listed_.exchange(false, std::memory_order_acq_rel); }

 private:
  std::atomic<HealthRecord*> newest_ = nullptr;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_HEALTH_CHANGED_RECORDS_H_
