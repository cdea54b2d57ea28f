#include "http/curl/curl_transfer.h"

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
#include "http/curl/curl_error.h"
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
    // For libcurl "name:" removes a header, and "name;" is a header without a value.
    if (absl::StripAsciiWhitespace(value).empty()) {
      add(absl::StrCat(name, ";"));
    } else {
      add(absl::StrCat(name, ": ", value));
    }
  }
  // Remove headers that libcurl adds by default.
  add("Expect:");
  if (!has_content_type) add("Content-Type:");
  return list;
}

// Returns the host of an https URL if it is an address.
std::string AddressIn(const std::string& url) {
  if (!absl::StartsWith(url, "https:")) return "";
  const std::optional<UrlTarget> target = TargetOf(url);
  return target.has_value() && IpAddress::Parse(target->host).has_value() ? target->host : "";
}

// Ten years: longer than any useful pause, and far from overflow.
constexpr curl_off_t kMaxRetryAfterSeconds = 315'360'000;

// Sets a blob option unless the text is empty. The request owns the text.
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

// Whether the status is interim (RFC 9110, 15.2) or missing. After 101 libcurl waits for no further response.
bool IsInterim(long status) { return status < 200 && status != 101; }

// A proxy forbids the request or requires credentials (RFC 9110, 15.5.4 and 15.5.8).
constexpr int kForbidden = 403;
constexpr int kProxyAuthenticationRequired = 407;

// Whether a SOCKS proxy reported that it could not reach the endpoint.
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

const char* HttpVersion(CURL* handle) {
  switch (Number(handle, CURLINFO_HTTP_VERSION)) {
    case CURL_HTTP_VERSION_1_0:
      return "1.0";
    case CURL_HTTP_VERSION_1_1:
      return "1.1";
    case CURL_HTTP_VERSION_2_0:
      return "2";
    default:
      return "";
  }
}

bool UsesKeptConnection(CURL* handle) { return Number(handle, CURLINFO_NUM_CONNECTS) == 0; }

// libcurl reports when each phase ended, measured from the beginning, and 0 for a phase that was not reached.
void SetDurations(CURL* handle, HttpResult& result) {
  const absl::Duration zero = absl::ZeroDuration();
  const absl::Duration connected = Time(handle, CURLINFO_CONNECT_TIME_T);
  const absl::Duration secured = Time(handle, CURLINFO_APPCONNECT_TIME_T);
  const absl::Duration first_byte = Time(handle, CURLINFO_STARTTRANSFER_TIME_T);
  if (secured > zero && !UsesKeptConnection(handle)) result.tls = std::max(zero, secured - connected);
  if (first_byte > zero) result.first_byte = std::max(zero, first_byte - std::max(connected, secured));
}

}  // namespace

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
  // Set the size first, because the body may contain a NUL.
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
  // Without a tunnel, a status that the proxy itself may have sent proves nothing.
  const long status = Number(handle(), CURLINFO_RESPONSE_CODE);
  return code == CURLE_OK && status != kProxyAuthenticationRequired && status / 100 != 5;
}

HttpResult CurlTransfer::Finish(CURLcode code, absl::Duration timeout, bool proxy_works) {
  HttpResult result = ReadResult(code, timeout, proxy_works);
  if (result.status != 0) result.http_version = HttpVersion(handle());
  return result;
}

std::string CurlTransfer::PeerAddress(int port) const {
  const char* text = nullptr;
  if (curl_easy_getinfo(handle(), CURLINFO_PRIMARY_IP, &text) != CURLE_OK || text == nullptr) return "";
  const std::optional<IpAddress> address = IpAddress::Parse(text);
  return address.has_value() ? address->ToString(port) : "";
}

HttpResult CurlTransfer::ReadResult(CURLcode code, absl::Duration timeout, bool proxy_works) {
  CURL* curl = handle_.get();
  HttpResult result;
  result.status = static_cast<int>(Number(curl, CURLINFO_RESPONSE_CODE));
  SetDurations(curl, result);
  curl_off_t retry_after = 0;
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
  // A date may be in the past, and a number may be very large.
  if (retry_after_is_long_) retry_after = kMaxRetryAfterSeconds;
  result.retry_after = absl::Seconds(std::clamp<curl_off_t>(retry_after, 0, kMaxRetryAfterSeconds));
  result.headers = std::move(kept_headers_);
  result.body = std::move(body_);
  result.body_truncated = body_bytes_ > max_body_bytes_;
  // libcurl accepts a response that ends after an interim response (RFC 9110, 15.2), and reads four digits as
  // the status after "HTTP/22003".
  const bool interim = IsInterim(result.status);
  const bool nonsense = result.status > 999 || starts_with_fold_;
  if (code == CURLE_OK && interim) code = CURLE_GOT_NOTHING;
  // It also accepts an incomplete head.
  const bool cut_head = !interim && !in_body_;
  if (code == CURLE_OK && cut_head) code = CURLE_PARTIAL_FILE;
  if (nonsense) code = CURLE_WEIRD_SERVER_REPLY;
  // With a proxy OnBody sees no heads.
  const bool plain = request_.tls_ca.empty() && request_.tls_certificate_chain.empty() &&
                     request_.tls_private_key.empty() && !by_proxy_;
  reusable_ = plain && code == CURLE_OK && UsesKeptConnection(curl);
  if (by_proxy_) ClassifyProxyFailure(code, proxy_works, result);
  if (!result.error.empty()) return result;
  if (!nonsense && (code == CURLE_OK || body_ended_by_us_)) return result;

  if (interim || nonsense) {
    result.status = 0;
    result.first_byte = absl::ZeroDuration();  // libcurl counts the bytes of HTTP/2 control frames
    result.headers.clear();
  }
  CurlFailure failure;
  failure.code = wrong_address_ ? CURLE_PEER_FAILED_VERIFICATION : code;
  failure.os_error = static_cast<int>(Number(curl, CURLINFO_OS_ERRNO));
  failure.verify_result = Number(curl, CURLINFO_SSL_VERIFYRESULT);
  failure.detail = detail_.data();
  failure.connected = sent_;
  failure.answer_began = result.status != 0;
  // The head is incomplete, so its status does not count: a 410 must not disable a webhook.
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

void CurlTransfer::ClassifyProxyFailure(CURLcode code, bool proxy_works, HttpResult& result) const {
  CURL* const curl = handle_.get();
  const long connect_status = Number(curl, CURLINFO_HTTP_CONNECTCODE);
  const bool refused = connect_status != 0 && connect_status / 100 != 2;
  // Through a tunnel, this status would come from the endpoint.
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
    // The proxy reaches other endpoints.
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
  // If a reused connection closes without a response, libcurl sends the request again. On other reused
  // connections it would do so up to five times, and the endpoint may have processed the request each time.
  // Requiring a new connection, for which libcurl has to ask, prevents that.
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
  // A zone is a local name of a network and never in a certificate.
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
    // The status line. Drop everything from a preceding interim response.
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
  // A slightly longer body is read to its end, so that the connection can be reused.
  if (transfer->body_bytes_ <= transfer->max_body_bytes_ + limits::kMaxDroppedResponseBodyBytes) return bytes;
  transfer->body_ended_by_us_ = true;
  return 0;
}

}  // namespace hookd
