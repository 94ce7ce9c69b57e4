// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"
#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

using std::chrono::seconds;

std::string document(const std::string& authentication, const std::string& more = {}) {
  return "version: 1\nvrrp:\n  instances:\n    - name: web\n      interface: eth0\n"
         "      virtual_router_id: 51\n      addresses: [192.0.2.10/24]\n" +
         more + "      authentication: " + authentication + "\n";
}
const std::string kVersion2 = "      version: 2\n";

TEST(LoadAuthentication, EveryKey) {
  const std::string text = document(
      "{mode: permissive, window: 30s, keys: [{id: 2, key_file: /etc/k/2}, "
      "{id: 255, credential: web-key}]}");
  const Loaded loaded = load_config(text, "f", "host");
  ASSERT_TRUE(loaded.ok()) << loaded.diagnostics.front().to_string();
  const HmacConfig expected{
      AuthenticationMode::kPermissive, seconds{30}, {{2, "/etc/k/2", ""}, {255, "", "web-key"}}};
  EXPECT_EQ(loaded.config.instances.at(0).hmac, expected);
  EXPECT_EQ(loaded.config.instances.at(0).password, "");
  ASSERT_EQ(loaded.keys.size(), 2U);
  EXPECT_EQ(loaded.keys[0].key.secret(), "file /etc/k/2");
  EXPECT_EQ(loaded.keys[0].line, 8);
  EXPECT_EQ(loaded.keys[0].column, 80);
  EXPECT_EQ(loaded.keys[1].key.secret(), "credential web-key");
}

TEST(LoadAuthentication, Defaults) {
  const auto window_with = [](const std::string& more) {
    return config_of(document("{keys: [{id: 1, key_file: /k}]}", more))
        .instances.at(0)
        .hmac->window;
  };
  EXPECT_EQ(config_of(document("{keys: [{id: 1, key_file: /k}]}")).instances.at(0).hmac->mode,
            AuthenticationMode::kEnforce);
  EXPECT_EQ(window_with(""), seconds{5});
  EXPECT_EQ(window_with("      advert_interval: 1s\n"), seconds{5});
  EXPECT_EQ(window_with("      advert_interval: 2s\n"), seconds{6});
}

TEST(LoadAuthentication, Password) {
  const Config config = config_of(document("{password: s3cret!}", kVersion2));
  EXPECT_EQ(config.instances.at(0).password, "s3cret!");
  EXPECT_FALSE(config.instances.at(0).hmac);
  EXPECT_EQ(config_of(document("{password: 1234}", kVersion2)).instances.at(0).password, "1234");
}

struct Fault {
  std::string authentication;
  std::vector<std::string> faults;
  std::string more{};
};

class LoadAuthenticationFaults : public testing::TestWithParam<Fault> {};

TEST_P(LoadAuthenticationFaults, AreReportedWhereTheyStand) {
  EXPECT_EQ(faults_of(document(GetParam().authentication, GetParam().more)), GetParam().faults);
}

const std::vector<Fault> kFaults{
    {"{}", {"f:8:23: authentication needs either 'password' or 'keys'"}},
    {"{password: a, keys: [{id: 1, key_file: /k}]}",
     {"f:8:23: authentication needs either 'password' or 'keys'"}},
    {"{password: a}", {"f:8:34: password: version 3 has none, expected version 2, or keys"}},
    {"{password: 123456789}",
     {"f:9:34: password: found 9 bytes, expected 1 to 8 printable characters: more is never "
      "sent, so cut it"},
     kVersion2},
    {"{password: \"\"}",
     {"f:9:34: password: found 0 bytes, expected 1 to 8 printable characters"},
     kVersion2},
    {"{password: a, mode: enforce}",
     {"f:9:43: mode: a password has none, expected keys"},
     kVersion2},
    {"{keys: []}", {"f:8:30: keys: found an empty list, expected a list of at least one entry"}},
    {"{keys: [{key_file: /k}]}", {"f:8:31: a key lacks the key 'id'"}},
    {"{keys: [{id: 0, key_file: /k}]}",
     {"f:8:36: id: found '0', expected a whole number from 1 to 255"}},
    {"{keys: [{id: 1}]}", {"f:8:31: a key needs either 'key_file' or 'credential'"}},
    {"{keys: [{id: 1, key_file: /k, credential: c}]}",
     {"f:8:31: a key needs either 'key_file' or 'credential'"}},
    {"{keys: [{id: 1, key_file: k}]}",
     {"f:8:49: key_file: found 'k', expected the absolute path of a file, of at most 255 bytes"}},
    {"{keys: [{id: 1, credential: a/b}]}",
     {"f:8:51: credential: found 'a/b', expected a name of 1 to 64 letters, digits, '.', '_' or "
      "'-'"}},
    {"{keys: [{id: 1, key_file: /a}, {id: 1, key_file: /b}]}",
     {"f:8:59: id: '1' is the id of another key"}},
    {"{mode: strict, keys: [{id: 1, key_file: /k}]}",
     {"f:8:30: mode: found 'strict', expected receive-only, permissive or enforce"}},
    {"{window: 500ms, keys: [{id: 1, key_file: /k}]}",
     {"f:8:32: window: found '500ms', expected a time from 1s to 1000s"}},
};
INSTANTIATE_TEST_SUITE_P(All, LoadAuthenticationFaults, testing::ValuesIn(kFaults));

}  // namespace
}  // namespace holdfast
