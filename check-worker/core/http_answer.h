// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::check {

// The answer to one request, whatever version of HTTP carries it, read as its bytes come, cut
// anywhere. What it keeps is bounded, and what may go on for ever is a fault.
class HttpAnswer {
 public:
  HttpAnswer() = default;
  virtual ~HttpAnswer() = default;

  virtual void feed(std::string_view bytes) = 0;
  virtual void close() = 0;                           // the peer closed its side
  virtual std::string take_outgoing() { return {}; }  // what is to be said: the request, first

  virtual bool has_head() const = 0;  // status() is final
  virtual bool complete() const = 0;
  virtual const std::string& fault() const = 0;  // why this is no answer; or empty

  virtual int status() const = 0;               // 100..999
  virtual const std::string& body() const = 0;  // the first bytes of it
  virtual bool body_cut() const = 0;            // there were more

  virtual std::string_view awaited() const = 0;  // "no status line": what has not come

 protected:  // Only as a whole: a copy of this part alone would be none.
  HttpAnswer(const HttpAnswer&) = default;
  HttpAnswer& operator=(const HttpAnswer&) = default;
};

// Of a request over HTTP/2, in the order of RFC 9113 §8.3: what begins with ':' first; names in
// lower case.
using Http2Fields = std::vector<std::pair<std::string, std::string>>;

}  // namespace holdfast::check
