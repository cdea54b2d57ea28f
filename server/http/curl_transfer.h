// One request on its way through libcurl: what libcurl is told, and what it gives back.
//
// Not thread-safe: belongs to one loop (curl_loop.h).
#ifndef HOOKD_HTTP_CURL_TRANSFER_H_
#define HOOKD_HTTP_CURL_TRANSFER_H_

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "http/egress_guard.h"
#include "http/http_client.h"

namespace hookd {

struct CurlHandleCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using CurlHandle = std::unique_ptr<CURL, CurlHandleCleanup>;

struct CurlShareCleanup {
  void operator()(CURLSH* share) const { curl_share_cleanup(share); }
};
using CurlShare = std::unique_ptr<CURLSH, CurlShareCleanup>;

// A handle with every option that is the same for all requests. `ca_file` and `proxy` as in
// CurlClient::Options; TLS sessions are kept in `share`, which must outlive it. Null if memory ran out.
CurlHandle MakeCurlHandle(const std::string& ca_file, const std::string& proxy, CURLSH* share);

// When transfers must have had the first byte of their answer, for those to which it matters, in order.
using FirstByteDeadlines = std::set<std::pair<std::chrono::steady_clock::time_point, CURL*>>;

class CurlTransfer {
 public:
  using Done = std::function<void(HttpResult)>;

  // Sets the handle up for the request: one of MakeCurlHandle's, or of TakeHandle's. It enters its deadline
  // in `deadlines`, which must outlive it, and takes it out again. New connections go where `egress` allows,
  // which must outlive it; null: anywhere.
  CurlTransfer(CurlHandle handle, HttpRequest request, Done done, size_t max_body_bytes,
               FirstByteDeadlines* deadlines, const EgressGuard* egress);
  ~CurlTransfer() { ForgetDeadline(); }
  // libcurl holds pointers into it.
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* handle() const { return handle_.get(); }
  Done TakeDone() { return std::move(done_); }

  // The handle, for another request, once Finish told the end and it is taken away from libcurl; null if it
  // is not to be used again. A new one for every request costs a delivery 3 % of its CPU, but libcurl 7.88
  // forgets to forget: so it is used again only after a request that nothing went wrong with, on a kept
  // connection, with no certificates of its own, and by no proxy (StartsWithFold).
  CurlHandle TakeHandle();

  // What came of it, once libcurl is done with it, or it is taken away from it: CURLE_OPERATION_TIMEDOUT, if
  // there was no first byte in time.
  HttpResult Finish(CURLcode code);

 private:
  struct HeadersCleanup {
    void operator()(curl_slist* headers) const { curl_slist_free_all(headers); }
  };

  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnSending(void* self, char* to, char* from, int to_port, int from_port);
  static size_t OnHeader(const char* data, size_t size, size_t count, void* self);
  static size_t OnBody(const char* data, size_t size, size_t count, void* self);

  // The next line of a head: its status, a header, or its empty end; or a trailer.
  void ReadLine(absl::string_view line);
  void KeepHeader(absl::string_view line);
  // Whether the line of the answer's head goes on with a header that is not there. Where the handle is used
  // again libcurl 7.88 would add it to the last one of the answer before, which it has freed
  // (https://github.com/curl/curl/issues/11101).
  bool StartsWithFold(absl::string_view line) const;
  void ForgetDeadline();

  CurlHandle handle_;
  const HttpRequest request_;
  Done done_;
  const size_t max_body_bytes_;
  std::unique_ptr<curl_slist, HeadersCleanup> headers_;
  std::array<char, CURL_ERROR_SIZE> detail_ = {};
  FirstByteDeadlines* const deadlines_;
  const EgressGuard* const egress_;
  bool refused_ = false;  // an address, of those it could have connected to
  bool opened_ = false;   // a socket, to another
  std::optional<std::chrono::steady_clock::time_point> deadline_;  // of its place in deadlines_
  absl::Duration kept_lookup_;  // 0 unless the request was sent by a kept connection
  size_t header_bytes_ = 0;
  bool in_headers_ = false;        // the status of the answer was read, or of an interim one
  bool has_header_ = false;        // a header of either was
  bool in_body_ = false;           // the answer's head was, to its end
  bool starts_with_fold_ = false;  // it was refused: StartsWithFold
  bool reusable_ = false;          // the handle
  std::vector<std::pair<std::string, std::string>> kept_headers_;  // of the answer, which may be interim
  size_t kept_header_bytes_ = 0;
  bool headers_kept_ = false;  // as many as are kept
  bool headers_too_long_ = false;
  size_t body_bytes_ = 0;
  bool body_ended_by_us_ = false;
  std::string body_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_TRANSFER_H_
