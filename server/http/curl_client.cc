#include "http/curl_client.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "http/curl_loop.h"

namespace hookd {
namespace {

// Told at start-up, not by every request.
absl::Status CheckCertificates(const std::string& ca_file) {
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), &X509_STORE_free);
  if (store != nullptr && X509_STORE_load_file(store.get(), ca_file.c_str()) == 1) return absl::OkStatus();
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat(ca_file, " cannot be read as PEM certificates"));
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
      "the egress proxy must be a URL such as http://proxy.internal:3128; https:// and socks5h:// are good "
      "too");
}

}  // namespace

absl::StatusOr<std::unique_ptr<CurlClient>> CurlClient::Create(const Options& options) {
  if (options.loops < 1 || options.max_connections < 1) {
    return absl::InvalidArgumentError("the HTTP client needs at least one loop and one connection");
  }
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (global != CURLE_OK) return absl::InternalError("libcurl could not be initialised");
  // Otherwise a name lookup would stop a whole loop.
  if ((curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS) == 0) {
    return absl::FailedPreconditionError("this libcurl has no asynchronous name lookup: use Debian's");
  }
  if (!options.ca_file.empty()) {
    if (absl::Status status = CheckCertificates(options.ca_file); !status.ok()) return status;
  }
  if (absl::Status status = CheckProxy(options.proxy); !status.ok()) return status;
  std::vector<std::unique_ptr<CurlLoop>> loops;
  for (int i = 0; i < options.loops; ++i) {
    absl::StatusOr<std::unique_ptr<CurlLoop>> loop =
        CurlLoop::Create({.max_connections = std::max(1, options.max_connections / options.loops),
                          .max_body_bytes = options.max_body_bytes,
                          .ca_file = options.ca_file,
                          .idle_connection = options.idle_connection,
                          .egress = options.egress,
                          .proxy = options.proxy});
    if (!loop.ok()) return loop.status();
    loops.push_back(*std::move(loop));
  }
  return std::unique_ptr<CurlClient>(new CurlClient(std::move(loops)));
}

CurlClient::CurlClient(std::vector<std::unique_ptr<CurlLoop>> loops) : loops_(std::move(loops)) {}

CurlClient::~CurlClient() {
  for (const auto& loop : loops_) loop->Stop();
  for (const auto& loop : loops_) loop->Join();
  // While one loop ended, its `done`s may have sent to another that had ended before, and so on.
  bool any = true;
  while (any) {
    any = false;
    for (const auto& loop : loops_) any |= loop->EndInbox();
  }
}

void CurlClient::Send(HttpRequest request, std::function<void(HttpResult)> done) {
  const size_t loop = request.affinity % loops_.size();
  loops_[loop]->Send(std::move(request), std::move(done));
}

CurlClient::Figures CurlClient::figures() const {
  Figures figures;
  for (const auto& loop : loops_) {
    figures.connections += loop->connections();
    figures.connections_opened += loop->connections_opened();
  }
  return figures;
}

absl::Status CurlClient::CheckHttp2() {
  // 7.88 to 8.9 report a stream that the endpoint answered and reset (RFC 9113, 8.1) as failed.
  constexpr unsigned kLeast = 0x080a00;
  const curl_version_info_data* const installed = curl_version_info(CURLVERSION_NOW);
  if (installed->version_num >= kLeast) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "--egress_http2: libcurl ", installed->version,
      " loses HTTP/2 answers that come before the request was read; it takes 8.10 or newer, such "
      "as libcurl4 of Debian 12's backports"));
}

}  // namespace hookd
