// The slots of attempts: how many may be under way at a time, and which webhook begins the next.
//
// A webhook that could begin an attempt stands in line. Whoever has the fewest under way comes first, and of
// those with as many the one that has stood for the longest (max-min fairness). And everybody leaves room for
// the next: with n under way, another is begun only while more than limits::kFreeSlotsPerAttempt times n
// slots are free (the dynamic thresholds of Choudhury and Hahne, "Dynamic queue length thresholds for
// shared-memory packet switches", 1998). So the more webhooks hold on to their slots, being slow, or hanging
// all at once, the fewer each of them has, and one that has none under way finds a slot free.
//
// Where there are so many of them that one slot for each is too much, the kinds of endpoints are kept apart:
// prompt ones have a part of all slots to themselves (limits::kPromptShare), and those that have not shown
// that they answer never more than another (limits::kUnprovenShare).
//
// Not thread-safe: the scheduler's.
#ifndef HOOKD_DELIVERY_SLOTS_H_
#define HOOKD_DELIVERY_SLOTS_H_

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
    kNone,      // nothing is sent: always to be had, and nothing to give back
  };

  // A place in line.
  struct Place {
    Kind kind;
    int under_way;  // attempts of the webhook
    uint64_t ticket;
    int64_t webhook_key;
  };

  // `count`: slots in all, 1 or more.
  explicit Slots(int count);

  // Has the webhook stand in line, and leave it. A webhook has one place at most.
  Place Join(Kind kind, int under_way, int64_t webhook_key);
  void Leave(const Place& place);

  // Who is next, of those for whom there is a slot: it leaves the line, and takes a slot or not.
  std::optional<Place> Next();

  // A slot is taken, and given back.
  void Take(Kind kind);
  void Release(Kind kind);

  // Slots that are taken.
  int taken() const { return taken_; }

 private:
  struct ByTurn {
    bool operator()(const Place& a, const Place& b) const;
  };
  static constexpr int kSlotKinds = 3;  // but kNone

  bool HasOneFor(Kind kind) const;

  const int count_;
  const int max_unproven_;
  const int for_prompt_;  // that only prompt ones take
  int taken_ = 0;
  int unproven_ = 0;  // of those that are taken
  std::array<absl::btree_set<Place, ByTurn>, kSlotKinds + 1> lines_;
  uint64_t last_ticket_ = 0;
  int last_kind_ = kPrompt;  // that had its turn; they take turns
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SLOTS_H_
