// The slots of attempts: how many attempts may be in flight, and which webhook begins the next.
//
// A webhook that could begin an attempt stands in line. The webhook with the fewest attempts in flight comes
// first, and of several with as many the one that has stood in line for the longest (max-min fairness). With
// n attempts in flight, a webhook begins another only while more than limits::kFreeSlotsPerAttempt times n
// slots are free (the dynamic thresholds of Choudhury and Hahne, "Dynamic queue length thresholds for
// shared-memory packet switches", 1998). So the more webhooks keep their slots for long, because their
// endpoints are slow or hang, the fewer slots each of them has, and a webhook with no attempt in flight finds
// a free one.
//
// Where there are too many webhooks even for one slot each, the kinds of endpoints are isolated: a part of
// all slots is only for prompt ones (limits::kPromptShare), and unproven ones never have more than another
// part (limits::kUnprovenShare).
//
// Not thread-safe: the scheduler's.
#ifndef HOOKD_DELIVERY_SCHEDULING_SLOTS_H_
#define HOOKD_DELIVERY_SCHEDULING_SLOTS_H_

#include <array>
#include <cstdint>
#include <optional>

#include "absl/container/btree_set.h"

namespace hookd {

class Slots {
 public:
  enum Kind {
    kPrompt,    // the endpoint's last attempt succeeded within limits::kPromptAnswer
    kSlow,      // it succeeded later
    kUnproven,  // it did not succeed, or there was none
    kNone,      // nothing is sent: a turn without a slot, which is always available
  };

  // A place in line.
  struct Place {
    Kind kind;
    int in_flight;    // attempts of the webhook
    uint64_t ticket;  // ascends with every place
    int64_t webhook_key;
  };

  // Requires: count > 0.
  explicit Slots(int count);

  // Puts a webhook in line, and removes it. A webhook has one place at most.
  Place Join(Kind kind, int in_flight, int64_t webhook_key);
  void Leave(const Place& place);

  // Removes the next place for which a slot is free from the line, and returns it. Nothing if there is none.
  std::optional<Place> Next();

  // A slot is taken, or free again.
  void Take(Kind kind);
  void Release(Kind kind);

  // How many slots are taken.
  int taken() const { return taken_; }

 private:
  struct ByTurn {
    bool operator()(const Place& a, const Place& b) const;
  };
  static constexpr int kSlotKinds = 3;  // without kNone

  bool HasTurn(Kind kind) const;

  const int count_;
  const int max_unproven_;
  const int prompt_only_;  // slots that only prompt endpoints take
  int taken_ = 0;
  int unproven_ = 0;  // slots that unproven endpoints have taken
  std::array<absl::btree_set<Place, ByTurn>, kSlotKinds + 1> lines_;
  uint64_t last_ticket_ = 0;
  int last_kind_ = kPrompt;  // which had a turn last; the kinds alternate
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SCHEDULING_SLOTS_H_
