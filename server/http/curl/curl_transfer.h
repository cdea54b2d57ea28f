// One request in libcurl: sets the options and collects the response.
//
// Not thread-safe: belongs to one loop (curl_loop.h).
#ifndef HOOKD_HTTP_CURL_CURL_TRANSFER_H_
#define HOOKD_HTTP_CURL_CURL_TRANSFER_H_

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "http/curl/curl_handle.h"
#include "http/http_client.h"

namespace hookd {

class CurlTransfer {
 public:
  // Is notified of the progress of the request, from within libcurl.
  class Observer {
   public:
    virtual ~Observer() = default;
    // The connection is established, including TLS, and libcurl sends the request, possibly for a second
    // time.
    virtual void OnSending() = 0;
    // The first line of a response arrived.
    virtual void OnAnswer() = 0;
    // This number of bytes of its head or body arrived.
    virtual void OnBytes(size_t bytes) = 0;
  };

  // Sets up a handle from MakeCurlHandle or TakeHandle for the request. The request and the observer must
  // outlive it.
  CurlTransfer(CurlHandle handle, const HttpRequest* request, size_t max_body_bytes, bool by_proxy,
               Observer* observer);
  // Not copyable: libcurl holds pointers to it.
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* handle() const { return handle_.get(); }

  // Sets the connection: an open one, which libcurl finds by its label (connection_pool.h), or a new one on
  // the connected `socket`. Without a socket libcurl opens none: the transfer ends, and WantsSocket returns
  // true. Call it before each time the handle is given to libcurl. With a proxy there is no label. `ended`:
  // libcurl has a dead connection with this label, and is to close it.
  void UseConnection(curl_slist* label, int socket, bool ended);
  bool WantsSocket() const { return wants_socket_; }
  // Returns the socket if libcurl did not take it, or -1.
  int TakeSocket() { return std::exchange(socket_, -1); }

  // Returns the handle for another request, after Finish and after its removal from libcurl; null if it must
  // not be reused. A new handle for every request costs 3 % of the CPU of a delivery. But libcurl 7.88 does
  // not reset all state (StartsWithFold), so a handle is reused only after a successful request on a reused
  // connection, without certificates of its own and without a proxy.
  CurlHandle TakeHandle();

  // Returns the result, after libcurl finished the transfer or the loop removed it; CURLE_OPERATION_TIMEDOUT
  // if `timeout` expired. Of the durations it sets `tls` and `first_byte`. If a proxy did not forward the
  // request, the fault is hookd's, unless the proxy works for other requests and reports that it cannot reach
  // the endpoint.
  HttpResult Finish(CURLcode code, absl::Duration timeout, bool proxy_works);

  // The address of the peer of libcurl's connection with this port; empty if it had none.
  std::string PeerAddress(int port) const;

  // Whether the transfer used HTTP/2; whether the proxy forwarded it. Requires: the head of the response
  // arrived.
  bool IsHttp2() const;
  bool PassedProxy(CURLcode code) const;

 private:
  struct HeadersCleanup {
    void operator()(curl_slist* headers) const { curl_slist_free_all(headers); }
  };

  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnSending(void* self, char* to, char* from, int to_port, int from_port);
  static size_t OnHeader(const char* data, size_t size, size_t count, void* self);
  static size_t OnBody(const char* data, size_t size, size_t count, void* self);

  // Handles the next line of a head (the status line, a header, or the empty line at the end), or a trailer.
  void ReadLine(absl::string_view line);
  void KeepHeader(absl::string_view line);
  void ReadRetryAfter(absl::string_view line);
  // Whether the endpoint's certificate contains the address in the URL, if its host is one. libcurl also
  // accepts the common name if there are no alternative names, where addresses are not allowed (RFC 9525,
  // 6.5).
  bool CertificateHasAddress() const;
  // The result without its HTTP version.
  HttpResult ReadResult(CURLcode code, absl::Duration timeout, bool proxy_works);
  // Whether the line continues a header although there is none. With a reused handle libcurl 7.88 would
  // append it to the last header of the previous response, which it has freed
  // (https://github.com/curl/curl/issues/11101). Remove when that is fixed in the oldest libcurl that is
  // supported.
  bool StartsWithFold(absl::string_view line) const;
  // Sets the error and the fault if a proxy did not forward the request; otherwise changes nothing.
  void ClassifyProxyFailure(CURLcode code, bool proxy_works, HttpResult& result) const;

  CurlHandle handle_;
  const HttpRequest& request_;
  const size_t max_body_bytes_;
  const bool by_proxy_;
  Observer* const observer_;
  const std::string address_;   // the host of an https URL if it is an IP address; else empty
  bool wrong_address_ = false;  // `address_` is not in the endpoint's certificate
  std::unique_ptr<curl_slist, HeadersCleanup> headers_;
  std::array<char, CURL_ERROR_SIZE> detail_ = {};
  int socket_ = -1;            // for libcurl to take
  bool wants_socket_ = false;  // libcurl asked for a socket, and there was none
  bool sent_ = false;
  bool answered_ = false;
  size_t header_bytes_ = 0;
  bool in_headers_ = false;        // the status line of a final or interim response was read
  bool has_header_ = false;        // a header was read
  bool in_body_ = false;           // the head of the final response is complete
  bool starts_with_fold_ = false;  // see StartsWithFold
  bool reusable_ = false;          // the handle may be reused
  std::vector<std::pair<std::string, std::string>> kept_headers_;  // of the current response
  size_t kept_header_bytes_ = 0;
  bool headers_kept_ = false;  // the limit is reached
  bool headers_too_long_ = false;
  bool retry_after_is_long_ = false;  // a number that overflows in libcurl
  size_t body_bytes_ = 0;
  bool body_ended_by_us_ = false;
  std::string body_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_CURL_TRANSFER_H_
