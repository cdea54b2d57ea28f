#include "http/curl/curl_client.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/tuning.h"
#include "http/curl/curl_loop.h"
#include "http/curl/loop_watchdog.h"
#include "http/descriptor_reserve.h"
#include "http/names/name_resolver.h"
#include "http/names/network_evidence.h"

namespace hookd {
namespace {

// Checked at start-up, so that not every request fails.
absl::Status CheckCaFile(const std::string& ca_file) {
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), &X509_STORE_free);
  if (store != nullptr && X509_STORE_load_file(store.get(), ca_file.c_str()) == 1) return absl::OkStatus();
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat("--tls_ca: cannot read PEM certificates from ", ca_file));
}

absl::Status CheckProxy(const std::string& proxy) {
  if (proxy.empty()) return absl::OkStatus();
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  char* scheme = nullptr;
  if (url != nullptr &&
      curl_url_set(url.get(), CURLUPART_URL, proxy.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
      curl_url_get(url.get(), CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK) {
    const std::string kind = scheme;
    curl_free(scheme);
    if (kind == "http" || kind == "https" || kind == "socks5h") return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "--egress_proxy must be an http://, https:// or socks5h:// URL, such as http://proxy.internal:3128");
}

}  // namespace

absl::StatusOr<std::unique_ptr<CurlClient>> CurlClient::Create(const Options& options) {
  std::unique_ptr<CurlClient> client(new CurlClient());
  if (absl::Status status = client->Start(options); !status.ok()) return status;
  return client;
}

CurlClient::CurlClient() = default;

absl::Status CurlClient::Start(const Options& options) {
  if (options.loops < 1 || options.max_connections < 1) {
    return absl::InvalidArgumentError("the HTTP client needs at least one loop and one connection");
  }
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (global != CURLE_OK) return absl::InternalError("cannot initialize libcurl");
  if (!options.ca_file.empty()) {
    if (absl::Status status = CheckCaFile(options.ca_file); !status.ok()) return status;
  }
  if (absl::Status status = CheckProxy(options.proxy); !status.ok()) return status;
  if (options.http2) {
    if (absl::Status status = CheckHttp2(); !status.ok()) return status;
    if (!options.proxy.empty()) {
      return absl::InvalidArgumentError("HTTP/2 does not work through an egress proxy: set only one of them");
    }
  }
  reserve_ = std::make_unique<DescriptorReserve>(options.max_connections);
  evidence_ = std::make_unique<NetworkEvidence>();
  absl::StatusOr<std::unique_ptr<NameResolver>> names =
      NameResolver::Create({.name_servers = options.name_servers, .reserve = reserve_.get()});
  if (!names.ok()) return names.status();
  names_ = *std::move(names);
  const auto add = [&](bool http2, int niceness) -> absl::StatusOr<CurlLoop*> {
    absl::StatusOr<std::unique_ptr<CurlLoop>> loop =
        CurlLoop::Create({.max_connections = std::max(1, options.max_connections / options.loops),
                          .max_body_bytes = options.max_body_bytes,
                          .ca_file = options.ca_file,
                          .idle_connection = options.idle_connection,
                          .connection_lifetime = options.connection_lifetime,
                          .egress = options.egress,
                          .proxy = options.proxy,
                          .http2 = http2,
                          .niceness = niceness,
                          .reserve = reserve_.get(),
                          .names = names_.get(),
                          .evidence = evidence_.get()});
    if (!loop.ok()) return loop.status();
    loops_.push_back(*std::move(loop));
    return loops_.back().get();
  };
  for (Loops* loops : {&http1_, &http2_}) {
    const bool http2 = loops == &http2_;
    if (http2 && !options.http2) continue;
    for (int i = 0; i < options.loops + (options.isolate_unproven ? 1 : 0); ++i) {
      const bool unproven = i == options.loops;
      const absl::StatusOr<CurlLoop*> loop = add(http2, unproven ? tuning::kUnprovenNiceness : 0);
      if (!loop.ok()) return loop.status();
      (unproven ? loops->unproven : loops->proven).push_back(*loop);
    }
  }
  std::vector<LoopPulse*> pulses;
  for (const auto& loop : loops_) pulses.push_back(&loop->pulse());
  watchdog_ = std::make_unique<LoopWatchdog>(std::move(pulses), options.on_able);
  return watchdog_->Start();
}

CurlClient::~CurlClient() {
  for (const auto& loop : loops_) loop->Stop();
  for (const auto& loop : loops_) loop->Join();
  watchdog_.reset();  // until here it may have to free a loop from a peer
  names_.reset();
  // The callbacks of one loop may have sent requests to another loop that had already ended, and so on.
  bool any = true;
  while (any) {
    any = false;
    for (const auto& loop : loops_) any |= loop->EndInbox();
  }
}

void CurlClient::Send(HttpRequest request, std::function<void(HttpResult)> done) {
  const bool http2 = !http2_.proven.empty() && absl::StartsWith(request.url, "https:");
  const Loops& loops = http2 ? http2_ : http1_;
  const auto& of_kind = request.unproven && !loops.unproven.empty() ? loops.unproven : loops.proven;
  const size_t loop = request.affinity % of_kind.size();
  of_kind[loop]->Send(std::move(request), std::move(done));
}

CurlClient::Figures CurlClient::figures() const {
  Figures figures{.connections = connections(), .connections_opened = connections_opened()};
  for (const auto& loop : loops_) figures.connections_cut += loop->pulse().cut();
  figures.lookups = names_->lookups();
  figures.lookups_failed = names_->failed();
  figures.free_descriptors = static_cast<int64_t>(reserve_->free());
  figures.lag = watchdog_->TakeLag();
  return figures;
}

int64_t CurlClient::connections() const {
  int64_t count = 0;
  for (const auto& loop : loops_) count += loop->connections();
  return count;
}

int64_t CurlClient::connections_opened() const {
  int64_t count = 0;
  for (const auto& loop : loops_) count += loop->connections_opened();
  return count;
}

absl::Status CurlClient::CheckHttp2() {
  // 7.88 reports a stream that the endpoint answered and then reset (RFC 9113, 8.1) as failed. Of the
  // versions that were tried, 8.14 is the oldest that does not.
  constexpr unsigned kLeast = 0x080e00;
  const curl_version_info_data* const installed = curl_version_info(CURLVERSION_NOW);
  if (installed->version_num >= kLeast) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "--egress_http2: libcurl ", installed->version,
      " loses HTTP/2 responses that arrive before the request was read; install 8.14 or newer, such "
      "as libcurl4 from Debian 12's backports"));
}

}  // namespace hookd
