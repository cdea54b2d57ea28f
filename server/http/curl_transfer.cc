#include "http/curl_transfer.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "http/curl_error.h"
#include "http/ip_address.h"
#include "http/url.h"

namespace hookd {
namespace {

curl_slist* HeaderList(const std::vector<std::pair<std::string, std::string>>& headers) {
  curl_slist* list = nullptr;
  const auto add = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list, line.c_str());
    if (longer == nullptr) {
      curl_slist_free_all(list);
      throw std::bad_alloc();
    }
    list = longer;
  };
  bool has_content_type = false;
  for (const auto& [name, value] : headers) {
    has_content_type |= absl::EqualsIgnoreCase(name, "Content-Type");
    // libcurl takes "name:" for a header to leave out, "name;" for one without a value.
    if (absl::StripAsciiWhitespace(value).empty()) {
      add(absl::StrCat(name, ";"));
    } else {
      add(absl::StrCat(name, ": ", value));
    }
  }
  // What libcurl would add of its own.
  add("Expect:");
  if (!has_content_type) add("Content-Type:");
  return list;
}

// The host of an https URL if it is an address.
std::string AddressIn(const std::string& url) {
  if (!absl::StartsWith(url, "https:")) return "";
  const std::optional<UrlTarget> target = TargetOf(url);
  return target.has_value() && IpAddress::Parse(target->host).has_value() ? target->host : "";
}

// Ten years: more than anybody waits, and far from what overflows.
constexpr curl_off_t kMaxRetryAfterSeconds = 315'360'000;

// For what libcurl would otherwise end by itself: longer than any request takes, in milliseconds or seconds.
constexpr long kLibcurlsTimeout = 100'000'000;

// Sets a text that the request holds, if it is not empty.
void SetBlob(CURL* handle, CURLoption option, const std::string& text) {
  if (text.empty()) return;
  curl_blob blob = {.data = const_cast<char*>(text.data()), .len = text.size(), .flags = CURL_BLOB_NOCOPY};
  curl_easy_setopt(handle, option, &blob);
}

absl::Duration Time(CURL* handle, CURLINFO info) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(handle, info, &microseconds);
  return absl::Microseconds(microseconds);
}

long Number(CURL* handle, CURLINFO info) {
  long number = 0;
  curl_easy_getinfo(handle, info, &number);
  return number;
}

// RFC 9110, 15.2; or none at all. After 101 libcurl waits for no other.
bool IsInterim(long status) { return status < 200 && status != 101; }

// What a proxy answers that wants credentials, or forbids the way (RFC 9110, 15.5.4 and 15.5.8).
constexpr int kForbidden = 403;
constexpr int kProxyAuthenticationRequired = 407;

// A SOCKS proxy says that it could not reach the endpoint.
bool CouldNotReach(CURL* handle) {
  switch (Number(handle, CURLINFO_PROXY_ERROR)) {
    case CURLPX_REPLY_CONNECTION_REFUSED:
    case CURLPX_REPLY_HOST_UNREACHABLE:
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
    case CURLPX_REPLY_TTL_EXPIRED:
      return true;
    default:
      return false;
  }
}

bool UsesKeptConnection(CURL* handle) { return Number(handle, CURLINFO_NUM_CONNECTS) == 0; }

// libcurl tells when each phase ended, counted from the beginning, and 0 for one that was not reached.
void SetDurations(CURL* handle, HttpResult& result) {
  const absl::Duration zero = absl::ZeroDuration();
  const absl::Duration connected = Time(handle, CURLINFO_CONNECT_TIME_T);
  const absl::Duration secured = Time(handle, CURLINFO_APPCONNECT_TIME_T);
  const absl::Duration first_byte = Time(handle, CURLINFO_STARTTRANSFER_TIME_T);
  if (secured > zero && !UsesKeptConnection(handle)) result.tls = std::max(zero, secured - connected);
  if (first_byte > zero) result.first_byte = std::max(zero, first_byte - std::max(connected, secured));
}

}  // namespace

CurlHandle MakeCurlHandle(const CurlSettings& settings) {
  CurlHandle handle(curl_easy_init());
  if (handle == nullptr) return nullptr;
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PROXY,
                   settings.proxy.c_str());  // empty: none, whatever the environment says
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
  curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
                   static_cast<long>(settings.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!settings.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, settings.ca_file.c_str());
  // The folder would be trusted besides the file. Without it libcurl reads the file once, not for every
  // connection.
  curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  // OnBody is to see the head's lines before libcurl keeps them. A proxy's own head would come in between.
  curl_easy_setopt(curl, CURLOPT_HEADER, settings.proxy.empty() ? 1L : 0L);
  // Before 8.0 libcurl connects again, which on Linux a socket that has connected since takes once.
  if (curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000) {
    curl_easy_setopt(
        curl, CURLOPT_SOCKOPTFUNCTION,
        +[](void*, curl_socket_t, curlsocktype) { return CURL_SOCKOPT_ALREADY_CONNECTED; });
  }
  curl_easy_setopt(curl, CURLOPT_SHARE, settings.share);
  curl_easy_setopt(curl, CURLOPT_RESOLVE, settings.proxy_address);
  // Labels are no names: there is nothing to remember of them.
  curl_easy_setopt(curl, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  // The loop ends what takes too long, and the pool connections that are too old.
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kLibcurlsTimeout);
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, kLibcurlsTimeout);
  if (settings.proxy.empty()) return handle;
  // By a proxy libcurl chooses the connection itself.
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, settings.idle_seconds);
  curl_easy_setopt(curl, CURLOPT_MAXLIFETIME_CONN, settings.lifetime_seconds);
  return handle;
}

CurlHandle MakeClosingHandle() {
  CurlHandle handle(curl_easy_init());
  if (handle == nullptr) return handle;
  CURL* const curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_URL, "http://ended.invalid/");
  curl_easy_setopt(
      curl, CURLOPT_OPENSOCKETFUNCTION,
      +[](void*, curlsocktype, curl_sockaddr*) -> curl_socket_t { return CURL_SOCKET_BAD; });
  return handle;
}

void SetClosing(CURL* handle, curl_slist* label, int port) {
  curl_easy_setopt(handle, CURLOPT_CONNECT_TO, label);
  curl_easy_setopt(handle, CURLOPT_PORT, static_cast<long>(port));
}

CurlTransfer::CurlTransfer(CurlHandle handle, const HttpRequest* request, size_t max_body_bytes,
                           bool by_proxy, Observer* observer)
    : handle_(std::move(handle)),
      request_(*request),
      max_body_bytes_(max_body_bytes),
      by_proxy_(by_proxy),
      observer_(observer),
      address_(AddressIn(request_.url)),
      headers_(HeaderList(request_.headers)) {
  CURL* curl = handle_.get();
  curl_easy_setopt(curl, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
  // The size first: libcurl must not look for the end of a body that has a NUL.
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body->size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request_.body->data());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail_.data());
  SetBlob(curl, CURLOPT_CAINFO_BLOB, request_.tls_ca);
  SetBlob(curl, CURLOPT_SSLCERT_BLOB, request_.tls_certificate_chain);
  SetBlob(curl, CURLOPT_SSLKEY_BLOB, request_.tls_private_key);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::OnOpenSocket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, &CurlTransfer::OnSending);
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &CurlTransfer::OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &CurlTransfer::OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
}

void CurlTransfer::UseConnection(curl_slist* label, int socket, bool ended) {
  socket_ = socket;
  wants_socket_ = false;
  if (label != nullptr) curl_easy_setopt(handle(), CURLOPT_CONNECT_TO, label);
  curl_easy_setopt(handle(), CURLOPT_FRESH_CONNECT, socket >= 0 && !ended ? 1L : 0L);
}

bool CurlTransfer::IsHttp2() const {
  return Number(handle(), CURLINFO_HTTP_VERSION) >= CURL_HTTP_VERSION_2_0;
}

bool CurlTransfer::PassedProxy(CURLcode code) const {
  if (!by_proxy_) return false;
  if (Number(handle(), CURLINFO_HTTP_CONNECTCODE) / 100 == 2) return true;
  // Without a tunnel, what the proxy itself may have answered shows nothing.
  const long status = Number(handle(), CURLINFO_RESPONSE_CODE);
  return code == CURLE_OK && status != kProxyAuthenticationRequired && status / 100 != 5;
}

HttpResult CurlTransfer::Finish(CURLcode code, absl::Duration timeout, bool proxy_works) {
  CURL* curl = handle_.get();
  HttpResult result;
  result.status = static_cast<int>(Number(curl, CURLINFO_RESPONSE_CODE));
  SetDurations(curl, result);
  curl_off_t retry_after = 0;
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
  // A date may be in the past, and a number larger than any pause.
  if (retry_after_is_long_) retry_after = kMaxRetryAfterSeconds;
  result.retry_after = absl::Seconds(std::clamp<curl_off_t>(retry_after, 0, kMaxRetryAfterSeconds));
  result.headers = std::move(kept_headers_);
  result.body = std::move(body_);
  result.body_truncated = body_bytes_ > max_body_bytes_;
  // An end after nothing but interim answers (RFC 9110, 15.2) is none to libcurl; and after "HTTP/22003" it
  // reads four digits where there are three.
  const bool interim = IsInterim(result.status);
  const bool nonsense = result.status > 999 || starts_with_fold_;
  if (code == CURLE_OK && interim) code = CURLE_GOT_NOTHING;
  // Nor does it mind a head without its end.
  const bool cut_head = !interim && !in_body_;
  if (code == CURLE_OK && cut_head) code = CURLE_PARTIAL_FILE;
  if (nonsense) code = CURLE_WEIRD_SERVER_REPLY;
  // By a proxy OnBody sees no heads.
  const bool plain = request_.tls_ca.empty() && request_.tls_certificate_chain.empty() &&
                     request_.tls_private_key.empty() && !by_proxy_;
  reusable_ = plain && code == CURLE_OK && UsesKeptConnection(curl);
  if (by_proxy_) JudgeProxy(code, proxy_works, result);
  if (!result.error.empty()) return result;
  if (!nonsense && (code == CURLE_OK || body_ended_by_us_)) return result;

  if (interim || nonsense) {
    result.status = 0;
    result.first_byte = absl::ZeroDuration();  // libcurl counts the bytes of HTTP/2's own frames
    result.headers.clear();
  }
  CurlFailure failure;
  failure.code = wrong_address_ ? CURLE_PEER_FAILED_VERIFICATION : code;
  failure.os_error = static_cast<int>(Number(curl, CURLINFO_OS_ERRNO));
  failure.verify_result = Number(curl, CURLINFO_SSL_VERIFYRESULT);
  failure.detail = detail_.data();
  failure.connected = sent_;
  failure.answer_began = result.status != 0;
  // What the rest of the head would have said is not known: a 410 of it must not disable a webhook.
  if (cut_head) result.status = 0;
  failure.headers_too_long = headers_too_long_;
  failure.timeout = timeout;
  result.error = DescribeCurlFailure(failure);
  result.failure = KindOf(failure);
  if (code == CURLE_SSL_CACERT_BADFILE && request_.tls_ca.empty()) {
    result.failure = HttpFailure::kResources;  // hookd's own certificates
  }
  result.fault = FaultOf(result.failure);
  return result;
}

void CurlTransfer::JudgeProxy(CURLcode code, bool proxy_works, HttpResult& result) const {
  CURL* const curl = handle_.get();
  const long connect_status = Number(curl, CURLINFO_HTTP_CONNECTCODE);
  const bool refused = connect_status != 0 && connect_status / 100 != 2;
  // Through a tunnel it would be the endpoint that answers so.
  const bool wants_credentials = code == CURLE_OK && result.status == kProxyAuthenticationRequired &&
                                 connect_status == 0 && absl::StartsWith(request_.url, "http:") &&
                                 !proxy_works;
  if (!refused && !wants_credentials && (code == CURLE_OK || sent_ || PassedProxy(code))) return;
  const long status = wants_credentials ? result.status : connect_status;
  result.status = 0;
  result.headers.clear();
  result.body.clear();
  result.failure = HttpFailure::kProxy;
  result.fault = HttpFault::kHookd;
  if (status == kForbidden) {
    result.failure = HttpFailure::kBlocked;
    result.fault = HttpFault::kPolicy;
  } else if (proxy_works && (status / 100 == 5 || code == CURLE_OPERATION_TIMEDOUT || CouldNotReach(curl))) {
    // It reaches others.
    result.failure = HttpFailure::kConnect;
    result.fault = HttpFault::kEndpoint;
  }
  if (status != 0) {
    result.error = absl::StrCat("the egress proxy refused the connection with status ", status);
  } else if (code == CURLE_OPERATION_TIMEDOUT) {
    result.error = "the egress proxy did not answer in time";
  } else {
    std::string reason = curl_easy_strerror(code);
    if (!reason.empty()) reason[0] = absl::ascii_tolower(reason[0]);
    result.error = absl::StrCat("the egress proxy did not connect: ", reason);
  }
}

CurlHandle CurlTransfer::TakeHandle() {
  if (!reusable_) return nullptr;
  curl_easy_setopt(handle_.get(), CURLOPT_ERRORBUFFER, nullptr);
  return std::move(handle_);
}

curl_socket_t CurlTransfer::OnOpenSocket(void* self, curlsocktype, curl_sockaddr*) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  transfer->wants_socket_ = transfer->socket_ < 0;
  return transfer->wants_socket_ ? CURL_SOCKET_BAD : transfer->TakeSocket();
}

int CurlTransfer::OnSending(void* self, char*, char*, int, int) {
  // When a kept connection ends without an answer, libcurl sends the request again; on another kept one it
  // would do so up to five times, to an endpoint that may have taken it each time. A fresh one, for which it
  // has to ask, ends that.
  auto* transfer = static_cast<CurlTransfer*>(self);
  curl_easy_setopt(transfer->handle(), CURLOPT_FRESH_CONNECT, 1L);
  transfer->wrong_address_ = !transfer->CertificateHasAddress();
  if (transfer->wrong_address_) return CURL_PREREQFUNC_ABORT;
  transfer->sent_ = true;
  transfer->observer_->OnSending();
  return CURL_PREREQFUNC_OK;
}

bool CurlTransfer::CertificateHasAddress() const {
  if (address_.empty()) return true;
  curl_tlssessioninfo* session = nullptr;
  curl_easy_getinfo(handle(), CURLINFO_TLS_SSL_PTR, &session);
  if (session == nullptr || session->backend != CURLSSLBACKEND_OPENSSL || session->internals == nullptr) {
    return false;
  }
  X509* const certificate = SSL_get0_peer_certificate(static_cast<const SSL*>(session->internals));
  // A zone is this machine's name for a network, and in no certificate.
  const std::string address = address_.substr(0, address_.find('%'));
  return certificate != nullptr && X509_check_ip_asc(certificate, address.c_str(), 0) == 1;
}

void CurlTransfer::ReadLine(absl::string_view line) {
  if (in_body_) return;  // a trailer
  if (absl::StartsWith(line, "\r") || absl::StartsWith(line, "\n")) {
    in_body_ = !IsInterim(Number(handle(), CURLINFO_RESPONSE_CODE));
    in_headers_ = false;
  } else if (in_headers_) {
    has_header_ = true;
    ReadRetryAfter(line);
    KeepHeader(line);
  } else {
    // Its status. Of the interim answer before it nothing is wanted.
    in_headers_ = true;
    kept_headers_.clear();
    kept_header_bytes_ = 0;
    headers_kept_ = false;
    retry_after_is_long_ = false;
  }
}

void CurlTransfer::ReadRetryAfter(absl::string_view line) {
  constexpr absl::string_view kName = "retry-after:";
  if (!absl::StartsWithIgnoreCase(line, kName)) return;
  const absl::string_view value = absl::StripAsciiWhitespace(line.substr(kName.size()));
  int64_t seconds = 0;
  retry_after_is_long_ = !value.empty() && std::all_of(value.begin(), value.end(), absl::ascii_isdigit) &&
                         !absl::SimpleAtoi(value, &seconds);
}

void CurlTransfer::KeepHeader(absl::string_view line) {
  line = absl::StripTrailingAsciiWhitespace(line);
  const size_t colon = line.find(':');
  if (headers_kept_ || colon == absl::string_view::npos) return;
  kept_header_bytes_ += line.size();
  if (kept_header_bytes_ > limits::kMaxRecordedHeaderBytes) {
    headers_kept_ = true;
    return;
  }
  kept_headers_.emplace_back(line.substr(0, colon), absl::StripAsciiWhitespace(line.substr(colon + 1)));
}

bool CurlTransfer::StartsWithFold(absl::string_view line) const {
  return !has_header_ && (absl::StartsWith(line, " ") || absl::StartsWith(line, "\t"));
}

size_t CurlTransfer::OnHeader(const char* data, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  if (!std::exchange(transfer->answered_, true)) transfer->observer_->OnAnswer();
  transfer->observer_->OnBytes(size * count);
  transfer->ReadLine({data, size * count});
  transfer->header_bytes_ += size * count;
  if (transfer->header_bytes_ <= limits::kMaxResponseHeaderBytes) return size * count;
  transfer->headers_too_long_ = true;
  return 0;
}

size_t CurlTransfer::OnBody(const char* data, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  const size_t bytes = size * count;
  if (!transfer->in_body_) {
    transfer->starts_with_fold_ = transfer->StartsWithFold({data, bytes});
    return transfer->starts_with_fold_ ? 0 : bytes;
  }
  transfer->observer_->OnBytes(bytes);
  transfer->body_bytes_ += bytes;
  transfer->body_.append(data, std::min(bytes, transfer->max_body_bytes_ - transfer->body_.size()));
  // A body a little longer is read to its end, so that the connection can be kept. Past that it is not worth
  // it.
  if (transfer->body_bytes_ <= transfer->max_body_bytes_ + limits::kMaxDroppedResponseBodyBytes) return bytes;
  transfer->body_ended_by_us_ = true;
  return 0;
}

}  // namespace hookd
