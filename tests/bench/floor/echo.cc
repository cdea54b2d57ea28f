// The floor of a request over HTTP: a server of Boost.Beast on one thread that reads each request and answers
// as hookd does, and does nothing else. Prints its port, and ends with its standard input.
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

constexpr char kAnswer[] =
    R"({"event":"projects/p0-0/events/06cdtz3n80h40","webhookCount":1,"emitTime":"2023-11-14T22:13:20Z"})";

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(Socket socket) : socket_(std::move(socket)) {}

  void Read() {
    request_ = {};
    http::async_read(socket_, buffer_, request_,
                     [self = shared_from_this()](boost::beast::error_code error, size_t) {
                       if (!error) self->Answer();
                     });
  }

 private:
  void Answer() {
    response_ = {http::status::ok, request_.version()};
    response_.set(http::field::content_type, "application/json");
    response_.keep_alive(request_.keep_alive());
    response_.body() = kAnswer;
    response_.prepare_payload();
    http::async_write(socket_, response_,
                      [self = shared_from_this()](boost::beast::error_code error, size_t) {
                        if (!error) self->Read();
                      });
  }

  Socket socket_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

void Accept(asio::ip::tcp::acceptor& acceptor, asio::io_context& context) {
  auto socket = std::make_shared<Socket>(context.get_executor());
  acceptor.async_accept(*socket, [&acceptor, &context, socket](boost::system::error_code error) {
    if (error) return;
    socket->set_option(asio::ip::tcp::no_delay(true));
    std::make_shared<Connection>(std::move(*socket))->Read();
    Accept(acceptor, context);
  });
}

}  // namespace

int main() {
  asio::io_context context(1);
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  std::printf("%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  Accept(acceptor, context);
  std::thread thread([&context] { context.run(); });
  while (std::getchar() != EOF) {
  }
  context.stop();
  thread.join();
}
