// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/check/check_core_fixture.h"

namespace holdfast::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const HostName kWeb{"web.example", Family::kIpv4};  // NOLINT(cert-err58-cpp)

CheckConfig by_name() {
  CheckConfig check = named("app");
  CheckEndpoint endpoint(IpAddress{}, 80);
  endpoint.host = kWeb.name;
  check.target = TcpCheck{endpoint};
  return check;
}

CheckAction start_at(std::uint64_t attempt, const std::string& address) {
  CheckConfig check = by_name();
  set_address(check.target, IpAddress::parse(address).value());
  return start(check, attempt);
}

NameChanged is(const std::string& address, const std::string& reason = "") {
  return {kWeb, {IpAddress::parse(address).value(), false, reason}};
}
NameChanged unknown(bool absent = false) {
  return {kWeb, {{}, absent, "the host cannot be looked up: so"}};
}

class CheckCoreNamesTest : public CheckCoreTest {
 protected:
  CheckDetail detail() const { return core_.details_after("").checks.at(0); }
};

TEST_F(CheckCoreNamesTest, AHostIsAskedAtTheAddressThatItHasNow) {
  begin(with({by_name()}));
  EXPECT_EQ(core_.hosts(), std::set<HostName>{kWeb});
  EXPECT_EQ(tell(is("192.0.2.80")), CheckActions{});
  EXPECT_EQ(wake(), CheckActions{start_at(1, "192.0.2.80")});
  EXPECT_EQ(good(1, "app").size(), 2U);
  EXPECT_EQ(detail().resolved, "192.0.2.80");
  EXPECT_EQ(tell(is("192.0.2.81")), CheckActions{}) << "the state is the host's, and stands";
  EXPECT_EQ(wake(), CheckActions{start_at(2, "192.0.2.81")});
}

TEST_F(CheckCoreNamesTest, ALookupThatFailsIsNoEvidenceWhileThereIsAnAddress) {
  begin(with({by_name()}));
  tell(is("192.0.2.80"));
  wake();
  good(1, "app");
  EXPECT_EQ(tell(is("192.0.2.80", "no name server answers")), CheckActions{});
  EXPECT_EQ(wake(), CheckActions{start_at(2, "192.0.2.80")});
  EXPECT_EQ(detail().resolved, "192.0.2.80; no name server answers");
}

TEST_F(CheckCoreNamesTest, WithoutAnAddressTheStateIsUnknownUntilThereIsOne) {
  begin(with({by_name()}));
  EXPECT_EQ(wake(), CheckActions{warning("check app cannot be probed and stays as it is: the host "
                                         "has not been looked up yet")});
  EXPECT_EQ(tell(unknown()), CheckActions{});
  for (int i = 0; i < 9; ++i) EXPECT_EQ(wake(), CheckActions{}) << "said once in a while";
  EXPECT_EQ(detail().hindered_reason, "the host cannot be looked up: so");
  EXPECT_EQ(detail().resolved, "no address; the host cannot be looked up: so");
  EXPECT_EQ(detail().bad, 0U);
  tell(is("192.0.2.80"));
  EXPECT_EQ(core_.deadline(), now_) << "it has waited long enough";
  EXPECT_EQ(wake(), CheckActions{start_at(1, "192.0.2.80")});
}

TEST_F(CheckCoreNamesTest, AHostThatThereIsNotIsDown) {
  begin(with({by_name()}));
  tell(unknown(true));
  const CheckActions down = wake();
  ASSERT_EQ(down.size(), 2U);
  EXPECT_EQ(down[0], report("app", false, now_, "the host cannot be looked up: so"));
  tell(is("192.0.2.80"));
  EXPECT_EQ(wake(), CheckActions{start_at(1, "192.0.2.80")});
}

TEST_F(CheckCoreNamesTest, ARetainedStateStandsUntilTheNameIsLookedUp) {
  tell(with({by_name()}));
  tell(CheckState{"app", true, 100, now_ - seconds{9}, "connected", {}});
  tell(Begin{});
  EXPECT_EQ(wake().size(), 1U);
  tell(is("192.0.2.80"));
  EXPECT_EQ(wake(), CheckActions{start_at(1, "192.0.2.80")});
  EXPECT_EQ(good(1, "app"), CheckActions{}) << "no news";
}

TEST_F(CheckCoreNamesTest, AReloadKeepsWhatIsKnownOfAName) {
  begin(with({by_name()}));
  tell(is("192.0.2.80"));
  CheckConfig other = by_name();
  other.name = "other";
  tell(with({by_name(), other}));
  EXPECT_EQ(core_.target_of(core_.config_of("other")).value(),
            std::get<StartProbe>(start_at(1, "192.0.2.80")).target);
  tell(with({}));
  EXPECT_TRUE(core_.hosts().empty());
  EXPECT_EQ(tell(is("192.0.2.80")), CheckActions{});
}

}  // namespace
}  // namespace holdfast::check
