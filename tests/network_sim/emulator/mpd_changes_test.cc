#include "network_sim/emulator/mpd_changes.h"

#include <gtest/gtest.h>

#include <pugixml.hpp>
#include <sstream>
#include <string>

#include "media/mpd_patch.h"

namespace rung::emulator {
namespace {

std::string mpd(const std::string& time, const std::string& content) {
  return "<MPD id=\"m\" publishTime=\"" + time + "\">" + content + "</MPD>";
}

std::string normal(const std::string& text) {
  pugi::xml_document document;
  document.load_string(text.c_str());
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

TEST(MpdChanges, LeadFromOneStateToTheOther) {
  const struct {
    const char* name;
    std::string before;
    std::string after;
  } cases[] = {
      {"nothing", "<Period id='1'/>", "<Period id='1'/>"},
      {"attributes", "<Period id='1' start='0' x='1'/>", "<Period id='1' start='4' y='&lt;'/>"},
      {"the window moves", "<A/><Period id='1'><S/></Period><Period id='2'/><B/>",
       "<A/><Period id='2'/><Period id='3'><S t='1'/></Period><B/>"},
      {"all leave", "<Period id='1'/><Period id='2'/>", "<Period id='3'/><Period id='4'/>"},
      {"one comes first", "<Period id='2'/>", "<Period id='1'/><Period id='2'/>"},
      {"another order", "<Period id='1'><S/></Period><Period id='2'/>",
       "<Period id='2'/><Period id='1'><S/></Period>"},
      {"segments", "<T><S t='0' d='2' r='3'/><S d='1'/></T>", "<T><S t='4' d='2' r='1'/></T>"},
      {"more segments", "<T><S t='0' d='2'/></T>", "<T><S t='0' d='2'/><S d='1'/><S d='4'/></T>"},
      {"from none", "<T/>", "<T><S d='1'/><S d='2'/></T>"},
      {"texts", "<L>a</L><L>b</L><E/>", "<L>a</L><L>c&amp;d</L><E/>"},
      {"quotes", "<R id=\"it's\" a='1'/><R id='x'/>", "<R id=\"it's\" a='2'/><R id='x'/>"},
  };
  for (const auto& one : cases) {
    const std::string before = mpd("t0", one.before);
    const std::string after = mpd("t1", one.after);
    const auto patched = media::patched_mpd(before, mpd_changes(before, after), "patch");
    ASSERT_TRUE(patched) << one.name << ": " << to_string(patched.error());
    EXPECT_EQ(*patched, normal(after)) << one.name;
  }
}

}  // namespace
}  // namespace rung::emulator
