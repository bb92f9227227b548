#include "plugin/network_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "plugin/policy_source.h"
#include "tests/support/pensieve_parameters.h"
#include "tests/support/situation.h"
#include "tests/support/temporary_directory.h"

namespace rung::plugin {
namespace {

using testing::HasSubstr;

TEST(PolicySource, ReadsANetworkFromItsFolder) {
  const test::TemporaryDirectory folder;
  PolicySource source;
  EXPECT_THAT(source.make("pensieve", {}).error().message, HasSubstr("pensieve:FOLDER"));
  const std::string name = "pensieve:" + folder.path().string();
  EXPECT_THAT(to_string(source.make(name, {}).error()),
              HasSubstr("actor_manifest.json: there is no such file"));
  std::ofstream(folder.path() / "actor_manifest.json") << test::PensieveParameters::manifest();
  EXPECT_THAT(to_string(source.make(name, {}).error()),
              HasSubstr("actor_f32le.bin: there is no such file"));
  std::ofstream(folder.path() / "actor_f32le.bin", std::ios::binary)
      << test::PensieveParameters().bytes();
  const auto policy = source.make(name, {});
  ASSERT_TRUE(policy) << to_string(policy.error());
  EXPECT_EQ(test::Situation().ask(**policy).representation, 1u);
  std::ofstream(folder.path() / "actor_f32le.bin", std::ios::binary) << std::string(5'000'000, 'x');
  EXPECT_TRUE(source.make(name, {}));  // Read once.
  EXPECT_THAT(to_string(PolicySource().make(name, {}).error()), HasSubstr("larger than 4 MiB"));
}

TEST(NetworkFile, NamesTheFolderOfWhatIsNoNetwork) {
  const test::TemporaryDirectory folder;
  std::ofstream(folder.path() / "actor_manifest.json") << "{}";
  std::ofstream(folder.path() / "actor_f32le.bin") << "four";
  const auto loaded = load_pensieve_network(folder.path().string());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().where, folder.path().string());
  EXPECT_THAT(loaded.error().message, HasSubstr("must be a JSON object"));
}

}  // namespace
}  // namespace rung::plugin
