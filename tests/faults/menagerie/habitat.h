// A hookd of its own, a name server, and twenty healthy webhooks that are called by name, beside which kinds
// of misbehaving endpoints (kind.h) are put.
//
// Not thread-safe. Healthy webhooks take events of type sent, the others of one of five types each, so that
// an event goes to a fifth of them.
#ifndef HOOKD_TESTS_FAULTS_MENAGERIE_HABITAT_H_
#define HOOKD_TESTS_FAULTS_MENAGERIE_HABITAT_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "hookd/v1/delivery.pb.h"
#include "hookd/v1/event.pb.h"
#include "hookd/v1/webhook.pb.h"
#include "tests/faults/menagerie/kind.h"
#include "tests/support/dns_server.h"
#include "tests/support/http_receiver.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {

inline constexpr int kHealthyWebhooks = 20;

// A stop that takes longer than this is ended by a kill, and fails the test. hookd's own limit is 5 seconds.
inline constexpr absl::Duration kStopLimit = absl::Seconds(20);

class Habitat {
 public:
  static constexpr char kHealthyProject[] = "projects/healthy";

  enum class Closing { kHalf, kAll };  // of the healthy endpoints, those that close after each answer
  struct Options {
    std::vector<std::string> flags = {};
    std::vector<std::string> environment = {};
    // Misbehaving peers have what others leave of the cores, as if they were other machines.
    bool peers_in_background = false;
    Closing closing = Closing::kHalf;
    bool https = false;  // healthy webhooks have https URLs
  };

  // Null, with a test failure, if hookd does not start.
  static std::unique_ptr<Habitat> Start(Options options);

  // Starts an endpoint of this kind, with so many webhooks for it, each with a name of its own.
  void Add(const Kind& kind, int webhooks);

  // What the kinds have for the middle of a test.
  void DoMidway();
  // Whether what has to come of the kinds has come, as far as they say; see Endpoint::is_settled.
  bool IsSettled() const;

  // Emits for `duration`, at even intervals, so many events a second to healthy webhooks, and so many to each
  // of the others.
  void Emit(absl::Duration duration, double per_second, double misbehaving_per_second);

  // Waits until every event of Emit has arrived at every healthy webhook. False if some do not within
  // `patience`.
  bool WaitForAll(absl::Duration patience) const;
  // For a test that fails: what hookd says of the deliveries to healthy webhooks that were not delivered.
  std::string DescribeMissing() const;
  // Arrivals of events at healthy webhooks, each counted once, and those that there should be.
  size_t arrivals() const;
  size_t expected_arrivals() const { return emitted_.size() * kHealthyWebhooks; }
  // From the call that emits an event to its arrival, of all arrivals since the last call, in no order.
  std::vector<absl::Duration> TakeLatencies();

  // Fails the test if a kind's outcome is not what it should be. `http2` says that hookd has --egress_http2.
  // `wait`: first waits until kinds that have an outcome have no pending delivery.
  void CheckOutcomes(bool http2, bool wait);
  // Disables the webhooks of all kinds, and ends their endpoints.
  void RemoveKinds();

  // Fails the test if hookd does not stop within kStopLimit. Returns how long it took.
  absl::Duration Stop();

  // Deliveries to the healthy webhooks, or to those of another project, that a filter of ListDeliveries is
  // true of.
  std::vector<v1::Delivery> List(const std::string& filter,
                                 const std::string& project = kHealthyProject) const;
  v1::Webhook Get(const std::string& webhook) const;

  ServerProcess& server() { return *server_; }
  DnsServer& dns() { return dns_; }
  const HttpReceiver& healthy() const { return healthy_; }

 private:
  struct Resident {
    Kind kind;
    Endpoint endpoint;
    std::vector<std::string> hosts;
    std::vector<std::string> webhooks;  // names
  };

  explicit Habitat(const Options& options);
  void CreateHealthy(const Options& options);
  void EmitToHealthy();
  void EmitToMisbehaving();
  // The name of the event.
  std::string EmitOne(const std::string& project, v1::Event event);
  void CheckOutcome(const Resident& resident, bool wait);

  TempDir folder_;
  const TlsCertificates certificates_ = MakeTlsCertificates();
  DnsServer dns_;
  HttpReceiver healthy_;
  HttpReceiver healthy_https_{certificates_.good};
  bool https_ = false;
  bool peers_in_background_ = false;
  std::unique_ptr<ServerProcess> server_;
  std::vector<Resident> residents_;
  std::map<std::string, absl::Time> emitted_;  // by event id: when the call began
  size_t misbehaving_projects_ = 0;            // that others are in; and where the last event to them went
  size_t next_project_ = 0;
  size_t measured_ = 0;  // requests that TakeLatencies has looked at
};

}  // namespace hookd

#endif  // HOOKD_TESTS_FAULTS_MENAGERIE_HABITAT_H_
