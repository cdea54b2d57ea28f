#include "store/postgres/cluster/node.h"

#include "absl/strings/escaping.h"
#include "base/ids.h"
#include "base/secure_random.h"
#include "base/version.h"

namespace hookd {
namespace {

constexpr size_t kIdBytes = 8;

}  // namespace

PostgresNode::PostgresNode(absl::Duration lease)
    : id_(absl::BytesToHexString(SecureRandomBytes(kIdBytes))), lease_time_(lease) {}

PostgresNode::Lease PostgresNode::lease() const {
  absl::MutexLock lock(&mutex_);
  return lease_;
}

absl::Status PostgresNode::Take(PostgresConnection& connection) {
  const auto taken = connection.Query(
      "UPDATE nodes SET epoch = epoch + 1, id = $1, address = '', version = $2, takes_part = false, "
      "says_what_it_knows = false, notices_deletions = epoch + 1, waiting = 0, waiting_by_project = '{}', "
      "oldest_waiting = 0, in_flight = 0, "
      "start_time = " HOOKD_POSTGRES_NOW ", expire_time = " HOOKD_POSTGRES_NOW
      " + $3 "
      "WHERE slot = (SELECT slot FROM nodes WHERE expire_time < " HOOKD_POSTGRES_NOW
      " ORDER BY expire_time, slot LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING slot, epoch",
      PostgresParameters().Text(id_).Text(kVersion).Int(absl::ToInt64Microseconds(lease_time_)));
  if (!taken.ok()) return taken.status();
  if (taken->size() == 0) {
    return absl::UnavailableError(absl::StrCat(
        "all ", kKeySlots, " slots for hookd processes on this store are in use: stop one of them"));
  }
  absl::MutexLock lock(&mutex_);
  lease_ = {.slot = static_cast<int>(taken->Int(0, 0)), .generation = taken->Int(0, 1)};
  return absl::OkStatus();
}

void PostgresNode::Lose() {
  absl::MutexLock lock(&mutex_);
  lease_ = {};
}

absl::Status PostgresNode::Release(PostgresConnection& connection) {
  const Lease held = lease();
  {
    absl::MutexLock lock(&mutex_);
    lease_ = {};
  }
  return connection
      .Query(
          "UPDATE nodes SET expire_time = 0, takes_part = false, says_what_it_knows = false WHERE slot = $1 "
          "AND epoch = $2",
          PostgresParameters().Int(held.slot).Int(held.generation))
      .status();
}

}  // namespace hookd
