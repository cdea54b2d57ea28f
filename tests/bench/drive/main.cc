// Drives a hookd: emits events to it and takes their deliveries. One process for a whole series, so that its
// webhooks stay good; reads commands, a line each, and answers each with a line of JSON.
//
//   hookd_bench_drive TARGET[,TARGET...] [HTTP_ADDRESS]
//     webhooks PROJECTS OTHERS FANOUT [BODY]
//         in each of so many projects, FANOUT webhooks that want the events of that `body` (see run) and
//         OTHERS that want none of them; later runs go to these projects in turn
//     endpoints hung|slow|refused|well N
//         N webhooks of projects of their own, at endpoints of that kind
//     run key=value...
//         way=unary|batch|stream, of gRPC, or rest|rest_batch, over HTTP; body=sent|bounced|document, the
//         event (event_source.h); events=N in_flight=N, as fast as it goes with so many under way (of batches
//         at least 100, or the first never fills), for seconds=N at most if that is given; or
//         rate=N seconds=N lead=N, each when it is due whatever
//         became of those before, for lead seconds that nothing is told of and then for those that are
//         measured; arrivals=N, of each event (0: the target delivers nothing); trouble=N: a second, so many
//         events, to the projects of `endpoints` in turn
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/bench/drive/caller.h"
#include "tests/bench/drive/rest_caller.h"
#include "tests/bench/drive/setup.h"
#include "tests/bench/sink/sink.h"

namespace hookd::bench {
namespace {

constexpr int kChannels = 4;
// How many projects the endpoints of a kind are spread over: each gets its events in its turn.
constexpr int kTroubledProjects = 100;
// How many hosts the endpoints of a kind are spread over.
constexpr int kTroubledSinks = 5;

Channels MakeChannels(const std::string& targets) {
  const std::vector<std::string> each = absl::StrSplit(targets, ',');
  Channels channels;
  for (int i = 0; i < kChannels; ++i) {
    const std::string& target = each[static_cast<size_t>(i) % each.size()];
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection each
    channels.push_back(grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
  }
  return channels;
}

// A port that refuses connections: bound, and not listened on. Never closed.
int RefusingPort() {
  const int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  (void)bind(socket_, generic, size);
  (void)getsockname(socket_, generic, &size);
  return ntohs(address.sin_port);
}

class Drive {
 public:
  Drive(const std::string& targets, const std::string& http_address) : channels_(MakeChannels(targets)) {
    if (!http_address.empty()) http_client_ = std::make_unique<HttpClient>(http_address);
  }

  void Webhooks(int projects, int others, int fanout, const std::string& body) {
    const v1::EventType wanted =
        body.empty() || body == "sent" ? v1::EVENT_TYPE_SENT : v1::EVENT_TYPE_BOUNCED;
    projects_.clear();
    for (int i = 0; i < projects; ++i) {
      projects_.push_back(absl::StrCat("projects/p", series_, "-", i));
      CreateWebhooks(channels_, projects_.back(), Url("/"), wanted, fanout);
      CreateWebhooks(channels_, projects_.back(), Url("/"), v1::EVENT_TYPE_FAILED, others);
    }
    ++series_;
    std::cout << "{}" << std::endl;
  }

  void Endpoints(const std::string& kind, int count) {
    std::vector<std::string> urls;
    if (kind == "refused") {
      urls.push_back(absl::StrCat("http://127.0.0.1:", RefusingPort(), "/"));
    } else {
      for (int i = 0; i < kTroubledSinks; ++i) {
        troubled_.push_back(std::make_unique<Sink>(nullptr));
        urls.push_back(absl::StrCat("http://127.0.0.1:", troubled_.back()->port(), "/", kind));
      }
    }
    for (int i = 0; i < kTroubledProjects; ++i) {
      CreateWebhooks(channels_, TroubledProject(i), urls[static_cast<size_t>(i) % urls.size()],
                     v1::EVENT_TYPE_SENT, count / kTroubledProjects);
    }
    std::cout << "{}" << std::endl;
  }

  void Run(std::map<std::string, std::string> options) {
    const auto number = [&options](const std::string& key) {
      int64_t value = 0;
      (void)absl::SimpleAtoi(options[key], &value);
      return value;
    };
    const int64_t rate = number("rate");
    const int64_t lead = rate * number("lead");
    const int64_t events = rate > 0 ? rate * number("seconds") + lead : number("events");
    const int64_t in_flight = rate > 0 ? events : number("in_flight");
    Ledger ledger(next_, events, static_cast<int>(number("arrivals")), in_flight, lead);
    ledger_ = &ledger;
    std::thread trouble;
    std::atomic<bool> ended = false;
    if (number("trouble") > 0) {
      trouble = std::thread([&, rate_ = number("trouble")] { MakeTrouble(rate_, ended); });
    }
    const auto caller = MakeCallerOf(options["way"], options["body"], ledger);
    if (caller == nullptr) return void(std::cout << R"({"error":"way or body"})" << std::endl);
    const int64_t began = NowNanoseconds();
    const int64_t most = rate > 0 ? 0 : number("seconds") * 1'000'000'000;
    int64_t emitted = 0;
    for (int64_t i = 0; i < events; ++i, ++emitted) {
      int64_t due = NowNanoseconds();
      if (most > 0 && due - began > most) break;
      if (rate > 0) {
        due = began + i * 1'000'000'000 / rate;
        if (due > NowNanoseconds()) {
          std::this_thread::sleep_for(std::chrono::nanoseconds(due - NowNanoseconds()));
        }
      }
      // A batch that still gathers is left alone: those under way make room, and it is to be of its full
      // size.
      while (!ledger.TryBegin(next_ + i, due)) ledger.WaitForRoom();
      caller->Emit(projects_[static_cast<size_t>(i) % projects_.size()], next_ + i);
    }
    caller->Flush();
    caller->Finish();
    const bool all = ledger.WaitForAll();
    const double seconds = static_cast<double>(NowNanoseconds() - began) / 1e9;
    ended = true;
    if (trouble.joinable()) trouble.join();
    ledger_ = nullptr;
    next_ += emitted;
    std::cout << "{\"events\":" << emitted << ",\"seconds\":" << seconds << ",\"failed\":" << ledger.failed()
              << ",\"all\":" << (all ? "true" : "false") << ",\"emit\":" << ledger.EmitLatencyJson()
              << ",\"arrival\":" << ledger.ArrivalLatencyJson() << "}" << std::endl;
  }

 private:
  std::string Url(const std::string& path) const {
    return absl::StrCat("http://127.0.0.1:", sink_.port(), path);
  }

  static std::string TroubledProject(int64_t number) {
    return absl::StrCat("projects/trouble", number % kTroubledProjects);
  }

  std::unique_ptr<Caller> MakeCallerOf(const std::string& way, const std::string& body, Ledger& ledger) {
    auto source = EventSource::Of(body.empty() ? "sent" : body);
    if (source == nullptr) return nullptr;
    if (way == "rest" && http_client_ != nullptr) {
      return MakeRestCaller(*http_client_, std::move(source), ledger);
    }
    if (way == "rest_batch" && http_client_ != nullptr) {
      return MakeRestBatchCaller(*http_client_, std::move(source), ledger);
    }
    return MakeCaller(way, channels_, std::move(source), ledger);
  }

  // Spread over the second: what is measured is what endpoints do to each other, not a burst.
  void MakeTrouble(int64_t rate, const std::atomic<bool>& ended) {
    Ledger nobodys(0, 1, 0, 1);
    const auto caller = MakeCallerOf("unary", "", nobodys);
    const int64_t began = NowNanoseconds();
    for (int64_t i = 0; !ended; ++i) {
      caller->Emit(TroubledProject(i), -1 - i);
      const int64_t due = began + (i + 1) * 1'000'000'000 / rate;
      while (!ended && NowNanoseconds() < due) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    caller->Finish();
  }

  void Arrived(absl::string_view body) {
    const size_t at = body.find(kBeforeNumber);
    Ledger* ledger = ledger_;
    if (at == absl::string_view::npos || ledger == nullptr) return;
    const absl::string_view rest = body.substr(at + kBeforeNumber.size());
    int64_t number = 0;
    if (absl::SimpleAtoi(rest.substr(0, rest.find('"')), &number)) ledger->Arrive(number);
  }

  const Channels channels_;
  std::unique_ptr<HttpClient> http_client_;
  std::atomic<Ledger*> ledger_ = nullptr;
  std::vector<std::string> projects_ = {"projects/none"};
  int series_ = 0;
  int64_t next_ = 1;
  std::vector<std::unique_ptr<Sink>> troubled_;
  Sink sink_{[this](absl::string_view body) { Arrived(body); }};
};

}  // namespace
}  // namespace hookd::bench

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: hookd_bench_drive TARGET[,TARGET...] [HTTP_ADDRESS]\n";
    return 2;
  }
  hookd::bench::Drive drive(argv[1], argc > 2 ? argv[2] : "");
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "webhooks") {
      int projects = 0, others = 0, fanout = 0;
      std::string body;
      words >> projects >> others >> fanout >> body;
      drive.Webhooks(projects, others, fanout, body);
    } else if (command == "endpoints") {
      std::string kind;
      int count = 0;
      words >> kind >> count;
      drive.Endpoints(kind, count);
    } else if (command == "run") {
      std::map<std::string, std::string> options;
      for (std::string word; words >> word;) options.insert(absl::StrSplit(word, absl::MaxSplits('=', 1)));
      drive.Run(std::move(options));
    }
  }
}
