#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "tests/unit/web/connection/serving.h"

namespace hookd {
namespace {

class Listener : public WebExchange::StreamListener {
 public:
  void OnWritten(bool ok) override {
    absl::MutexLock lock(&mutex_);
    (ok ? written_ : failed_) += 1;
  }
  void OnGone() override {
    absl::MutexLock lock(&mutex_);
    ++gone_;
  }

  bool AwaitWritten(int count) { return Await(&Listener::written_, count); }
  bool AwaitGone() { return Await(&Listener::gone_, 1); }
  int failed() const {
    absl::MutexLock lock(&mutex_);
    return failed_;
  }
  int gone() const {
    absl::MutexLock lock(&mutex_);
    return gone_;
  }

 private:
  bool Await(int Listener::*figure, int count) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&] { return this->*figure >= count; };
    return mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(10));
  }

  mutable absl::Mutex mutex_;
  int written_ ABSL_GUARDED_BY(mutex_) = 0;
  int failed_ ABSL_GUARDED_BY(mutex_) = 0;
  int gone_ ABSL_GUARDED_BY(mutex_) = 0;
};

struct Stream {
  explicit Stream(HttpServer::Options options = {}, absl::string_view request = Get("/wait"))
      : serving(std::move(options)), peer(serving.Connect()) {
    peer.Send(request);
    exchange = serving.handler().Take();
  }
  void Start(std::string first) { exchange->StartStream({.body = std::move(first)}, listener); }

  Serving serving;
  HttpPeer peer;
  std::shared_ptr<WebExchange> exchange;
  std::shared_ptr<Listener> listener = std::make_shared<Listener>();
};

TEST(HttpStreamsTest, PartsAreChunks) {
  Stream stream;
  ASSERT_NE(stream.exchange, nullptr);
  stream.Start("first");
  ASSERT_TRUE(stream.listener->AwaitWritten(1));
  stream.exchange->WritePart(std::string(17, 'a'));
  ASSERT_TRUE(stream.listener->AwaitWritten(2));
  stream.exchange->WritePart("");  // ends nothing
  ASSERT_TRUE(stream.listener->AwaitWritten(3));
  stream.exchange->EndStream(true);
  ASSERT_TRUE(stream.peer.ReadUntil("0\r\n\r\n"));
  const std::string& received = stream.peer.received();
  EXPECT_TRUE(absl::StrContains(received, "Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(received.substr(received.find("\r\n\r\n") + 4),
            "5\r\nfirst\r\n11\r\naaaaaaaaaaaaaaaaa\r\n0\r\n\r\n");
  stream.peer.received().clear();
  EXPECT_EQ(stream.peer.Call(Get("/next")).body, "GET /next ");
  EXPECT_EQ(stream.listener->gone(), 0);
}

TEST(HttpStreamsTest, AnEndWithThePartIsOneWrite) {
  Stream stream;
  stream.Start("");
  ASSERT_TRUE(stream.listener->AwaitWritten(1));
  stream.exchange->WritePart("last");
  stream.exchange->EndStream(true);
  ASSERT_TRUE(stream.peer.ReadUntil("4\r\nlast\r\n0\r\n\r\n"));
  EXPECT_EQ(stream.peer.Call(Get("/next")).status, 200);
}

TEST(HttpStreamsTest, AnIncompleteStreamHasNoLastChunk) {
  Stream stream;
  stream.Start("part");
  ASSERT_TRUE(stream.listener->AwaitWritten(1));
  stream.exchange->EndStream(false);
  const std::string received = stream.peer.ReadAll();
  EXPECT_EQ(received.substr(received.size() - 6), "part\r\n");
}

TEST(HttpStreamsTest, AStreamThatTheHandlerDropsIsIncomplete) {
  Stream stream;
  stream.Start("part");
  ASSERT_TRUE(stream.listener->AwaitWritten(1));
  stream.exchange.reset();
  const std::string received = stream.peer.ReadAll();
  EXPECT_EQ(received.substr(received.size() - 6), "part\r\n");
}

TEST(HttpStreamsTest, AnOldClientReadsToTheEndOfTheConnection) {
  for (const bool complete : {true, false}) {
    Stream stream({}, "GET /wait HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    stream.Start("one ");
    ASSERT_TRUE(stream.listener->AwaitWritten(1));
    stream.exchange->WritePart("two");
    ASSERT_TRUE(stream.listener->AwaitWritten(2));
    ASSERT_TRUE(stream.peer.ReadUntil("\r\n\r\none two"));
    stream.exchange->EndStream(complete);
    EXPECT_EQ(stream.peer.ReadAll().find("Transfer-Encoding"), std::string::npos);
    EXPECT_EQ(stream.peer.was_reset(), !complete);
  }
}

TEST(HttpStreamsTest, ACallerThatLeavesIsNoticed) {
  Stream stream;
  stream.Start("part");
  ASSERT_TRUE(stream.peer.ReadUntil("part"));
  shutdown(stream.peer.descriptor(), SHUT_WR);
  ASSERT_TRUE(stream.listener->AwaitGone());
  EXPECT_TRUE(stream.exchange->gone());
  EXPECT_EQ(stream.listener->failed(), 0);
  stream.exchange->WritePart("too late");
  EXPECT_EQ(stream.listener->failed(), 1) << "every part is reported";
  stream.exchange->EndStream(true);
  EXPECT_EQ(stream.listener->gone(), 1);
}

TEST(HttpStreamsTest, ACallerThatDoesNotReadIsClosed) {
  HttpServer::Options options;
  options.limits.write_timeout = absl::Milliseconds(20);
  options.limits.bytes_per_second = 1'000'000'000;  // what the kernel takes earns no time
  Stream stream(options);
  stream.Start(std::string(30'000'000, 'a'));
  ASSERT_TRUE(stream.listener->AwaitGone());
  EXPECT_EQ(stream.listener->failed(), 1);
  EXPECT_EQ(stream.serving.figures().timed_out, 1);
  EXPECT_TRUE(stream.exchange->gone());
}

TEST(HttpStreamsTest, AResponseThatIsNotReadEndsTheConnection) {
  HttpServer::Options options;
  options.limits.write_timeout = absl::Milliseconds(20);
  options.limits.bytes_per_second = 1'000'000'000;  // what the kernel takes earns no time
  Stream stream(options);
  stream.exchange->Respond({.body = std::string(30'000'000, 'a')});
  EXPECT_TRUE(stream.serving.Await([](const auto& figures) { return figures.connections == 0; }));
  EXPECT_EQ(stream.serving.figures().timed_out, 1);
}

TEST(HttpStreamsTest, AReaderThatStopsForAMomentGetsAll) {
  Stream stream;
  std::string part(8'000'000, 'a');
  stream.Start(part);
  stream.exchange->EndStream(true);  // while the part is being written
  ASSERT_TRUE(stream.peer.ReadUntil("\r\n0\r\n\r\n"));
  EXPECT_GT(stream.peer.received().size(), part.size());
}

TEST(HttpStreamsTest, AHeadOfAStreamHasNoParts) {
  Stream stream({}, "HEAD /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  stream.Start("part");
  ASSERT_TRUE(stream.listener->AwaitGone());
  stream.exchange->EndStream(true);
  EXPECT_TRUE(stream.peer.Read(true).Has("Transfer-Encoding: chunked"));
  EXPECT_EQ(stream.peer.Call(Get("/next")).body, "GET /next ");
}

TEST(HttpStreamsTest, StreamsAreNotifiedOfTheEndOfTheServer) {
  Stream stream;
  stream.Start("part");
  ASSERT_TRUE(stream.listener->AwaitWritten(1));
  stream.serving.server().StopAccepting();
  EXPECT_EQ(stream.listener->gone(), 0);
  stream.serving.server().EndConnections();
  EXPECT_EQ(stream.listener->gone(), 1);
  EXPECT_TRUE(stream.peer.AtEnd());
}

TEST(HttpStreamsTest, AStreamThatBeginsAfterTheCallerLeftIsNotified) {
  Stream stream;
  stream.serving.server().EndConnections();
  stream.Start("part");
  EXPECT_TRUE(stream.listener->AwaitGone());
  EXPECT_EQ(stream.listener->failed(), 1);
  Stream late;
  late.serving.End();
  late.Start("part");
  EXPECT_TRUE(late.listener->AwaitGone());
}

}  // namespace
}  // namespace hookd
