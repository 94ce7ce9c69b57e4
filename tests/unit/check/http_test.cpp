// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/http.h"

#include <gtest/gtest.h>

#include "common/hmac_sha256.h"
#include "common/pattern.h"

namespace holdfast::check {
namespace {

const Tools kTools{matches, sha256, nullptr, 0};

HttpCheck web() {
  HttpCheck check;
  check.endpoint = Endpoint::parse("192.0.2.1:8080").value();
  return check;
}

std::string response(const std::string& body, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

// What a check with one request makes of an answer.
Step judged(const HttpRequest& request, const std::string& answer) {
  HttpCheck check = web();
  check.requests = {request};
  HttpConversation conversation(check, kTools);
  conversation.begin();
  return conversation.received(answer);
}

TEST(HttpConversation, TheRequest) {
  EXPECT_EQ(http_request(web(), {}),
            "GET / HTTP/1.1\r\nHost: 192.0.2.1:8080\r\nUser-Agent: holdfast\r\nAccept: */*\r\n"
            "Accept-Encoding: identity\r\nConnection: close\r\n\r\n");
  HttpCheck check = web();
  check.method = "HEAD";
  check.host = "example.com";
  check.headers = {{"user-agent", "me"}, {"X-Key", "a b"}};
  HttpRequest request;
  request.path = "/health?x=1";
  EXPECT_EQ(http_request(check, request),
            "HEAD /health?x=1 HTTP/1.1\r\nHost: example.com\r\nuser-agent: me\r\nX-Key: a b\r\n"
            "Accept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n");
}

TEST(HttpConversation, AStatusIsKnownAtTheEndOfTheHeaders) {
  const HttpCheck check = web();
  HttpConversation conversation(check, kTools);
  EXPECT_EQ(conversation.begin().send, http_request(check, check.requests[0]));
  EXPECT_EQ(conversation.silence(), (Conclusion{false, "no status line"}));
  EXPECT_EQ(conversation.received("HTTP/1.1 200 OK\r\n"), Step{});
  EXPECT_EQ(conversation.silence(), (Conclusion{false, "no end of the headers"}));
  EXPECT_EQ(conversation.received("Content-Length: 1000000\r\n\r\n"), conclude(true, "status 200"));
}

TEST(HttpConversation, OtherStatusesAreBad) {
  EXPECT_EQ(judged({}, response("", "503 Busy")),
            conclude(false, "status 503, expected 200 to 299"));
  HttpRequest request;
  request.statuses = {{200, 200}, {301, 302}};
  EXPECT_EQ(judged(request, response("", "302 Found")), conclude(true, "status 302"));
  EXPECT_EQ(judged(request, response("", "204 None")),
            conclude(false, "status 204, expected 200 or 301 to 302"));
}

TEST(HttpConversation, AFaultIsBad) {
  EXPECT_EQ(judged({}, "SSH-2.0-x\r\n"), conclude(false, "no HTTP/1: it began with 'SSH-2.0-x?'"));
  const HttpCheck check = web();
  HttpConversation conversation(check, kTools);
  conversation.begin();
  EXPECT_EQ(conversation.closed(), conclude(false, "closed the connection: no status line"));
}

TEST(HttpConversation, TheBodyMustContain) {
  HttpRequest request;
  request.contains = "all is well";
  EXPECT_EQ(judged(request, response("I say all is well here")), conclude(true, "status 200"));
  EXPECT_EQ(judged(request, response("nothing is")),
            conclude(false, "the body does not contain 'all is well', it is 'nothing is'"));
  EXPECT_EQ(
      judged(request, "HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x') + "all is well"),
      conclude(false,
               "the first 57344 bytes of the body do not contain 'all is well', it begins with '" +
                   std::string(40, 'x') + "...'"));
  EXPECT_EQ(judged(request, response("")),
            conclude(false, "the body does not contain 'all is well', it is nothing"));
  HttpRequest long_one;
  long_one.contains = std::string(1024, '\x01');
  const Step step = judged(long_one, response(std::string(2000, '\x02')));
  ASSERT_TRUE(step.end);
  EXPECT_LT(step.end->reason.size(), 400U) << step.end->reason;
  EXPECT_EQ(judged(request, response("all is well", "500 x")),
            conclude(false, "status 500, expected 200 to 299"));
}

TEST(HttpConversation, TheBodyMustMatch) {
  HttpRequest request;
  request.matches = "^status: (ok|fine)$";
  EXPECT_EQ(judged(request, response("status: fine")), conclude(true, "status 200"));
  EXPECT_EQ(judged(request, response("status: bad")),
            conclude(false, "the body does not match '^status: (ok|fine)$', it is 'status: bad'"));
  request.matches = "(";
  const Step step = judged(request, response("x"));
  ASSERT_TRUE(step.end);
  EXPECT_EQ(step.end->reason.substr(0, 30), "the pattern is faulty at byte ") << step.end->reason;
}

TEST(HttpConversation, APatternThatNeverEndsIsGivenUp) {
  HttpRequest request;
  request.matches = "^(a+)+$";
  const Step step = judged(request, response(std::string(5000, 'a') + "b"));
  ASSERT_TRUE(step.end);
  EXPECT_FALSE(step.end->good);
  EXPECT_EQ(step.end->reason.substr(0, 24), "the pattern was given up") << step.end->reason;
}

TEST(HttpConversation, TheBodyMustHaveTheDigest) {
  HttpRequest request;
  request.sha256 = sha256("hello");
  EXPECT_EQ(judged(request, response("hello")), conclude(true, "status 200"));
  EXPECT_EQ(judged(request, response("")),
            conclude(false,
                     "the body has the SHA-256 digest "
                     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  EXPECT_EQ(judged(request, response(std::string(100'000, 'x'))),
            conclude(false, "the body is too long for its digest to be taken"));
}

TEST(HttpConversation, SeveralRequestsEachHaveAConnection) {
  HttpCheck check = web();
  check.requests = {{.path = "/a"}, {.path = "/b"}};
  HttpConversation conversation(check, kTools);
  EXPECT_EQ(conversation.begin().send.substr(0, 7), "GET /a ");
  EXPECT_EQ(conversation.received(response("")).anew, Transport::kTcp);
  EXPECT_EQ(conversation.begin().send.substr(0, 7), "GET /b ");
  EXPECT_EQ(conversation.silence().reason, "/b: no status line");
  EXPECT_EQ(conversation.received(response("")), conclude(true, "2 requests answered"));

  HttpConversation again(check, kTools);
  again.begin();
  EXPECT_EQ(again.received(response("", "404 x")),
            conclude(false, "/a: status 404, expected 200 to 299"));
}

}  // namespace
}  // namespace holdfast::check
