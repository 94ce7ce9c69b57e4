// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"
#include "witness-worker/core/witness_core.h"

// The JSON gateway of etcd 3.4 and later, as pure functions: POST to /v3/..., numbers of 64 bits as
// texts, keys and values in base64, and whatever is 0, false or empty left out.
namespace holdfast::witness {

struct Speaker {
  std::string node;      // who we are
  std::string prefix;    // of keys: PREFIX/holders/INSTANCE
  std::string user;      // empty: none
  std::string password;  // of the user
};

struct EtcdRequest {
  std::string path;  // "/v3/lease/grant"
  std::string body;
};
EtcdRequest request_of(const Question& question, const Speaker& speaker);

struct EtcdReply {
  Answer answer;
  std::string token;  // of an Authenticate: the requests after it carry it
};
// Of an answer with status 200. Whatever is no answer to this question is an error.
Result<EtcdReply> reply_of(const Question& question, const Speaker& speaker,
                           const std::string& body);

// What an answer of another status says, for a person.
std::string trouble_of(long status, const std::string& body);

// Whether that means: authenticate, perhaps again.
bool is_unauthorized(long status, const std::string& body);

}  // namespace holdfast::witness
