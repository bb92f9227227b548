#include "media/mpd_patch.h"

#include <gtest/gtest.h>

#include <string>

#include "core/limits.h"

namespace rung::media {
namespace {

constexpr const char* mpd =
    R"(<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" id="m" publishTime="t0" type="dynamic">
  <Period id="1"><AdaptationSet id="v"><SegmentTemplate><SegmentTimeline>
    <S t="0" d="2"/><S d="3"/></SegmentTimeline></SegmentTemplate></AdaptationSet></Period>
  <Period id="2"><Note>old</Note></Period>
</MPD>)";

/// `operations` as a patch from t0 to t1.
std::string patch(const std::string& operations) {
  return R"(<Patch xmlns="urn:mpeg:dash:schema:mpd-patch:2020" mpdId="m" originalPublishTime="t0")"
         R"( publishTime="t1"><replace sel="/MPD/@publishTime">t1</replace>)" +
         operations + "</Patch>";
}

Expected<std::string> patched(const std::string& operations) {
  return patched_mpd(mpd, patch(operations), "http://h/p?k=1");
}

/// What comes behind the root element's own tag, on one line.
std::string content(const Expected<std::string>& text) {
  if (!text) return to_string(text.error());
  std::string all = *text;
  std::erase(all, '\n');
  return all.substr(all.find('>') + 1);
}

TEST(MpdPatch, EachOperationActsWhereItsSelectorPoints) {
  const std::string timeline =
      "/MPD/Period[@id='1']/AdaptationSet[1]/SegmentTemplate"
      "/SegmentTimeline";
  struct Case {
    const char* name;
    std::string operations;
    std::string holds;
  };
  const Case cases[] = {
      {"append", "<add sel=\"" + timeline + "\"><S d=\"7\"/><S d=\"8\"/></add>",
       R"(<S t="0" d="2"/><S d="3"/><S d="7"/><S d="8"/></SegmentTimeline>)"},
      {"prepend", "<add sel=\"" + timeline + "\" pos=\"prepend\"><S d=\"7\"/><S d=\"8\"/></add>",
       R"(<S d="7"/><S d="8"/><S t="0" d="2"/><S d="3"/></SegmentTimeline>)"},
      {"before", "<add sel=\"" + timeline + "/S[2]\" pos=\"before\"><S d=\"7\"/><S d=\"8\"/></add>",
       R"(<S t="0" d="2"/><S d="7"/><S d="8"/><S d="3"/></SegmentTimeline>)"},
      {"after", "<add sel=\"" + timeline + "/S[1]\" pos=\"after\"><S d=\"7\"/><S d=\"8\"/></add>",
       R"(<S t="0" d="2"/><S d="7"/><S d="8"/><S d="3"/></SegmentTimeline>)"},
      {"attribute", "<add sel=\"" + timeline + "/S[@d='3']\" type=\"@r\">4</add>",
       R"(<S d="3" r="4"/>)"},
      {"replace an attribute", "<replace sel='/MPD/Period[2]/@id'>9</replace>",
       R"(<Period id="9">)"},
      {"replace a text", "<replace sel=\"/MPD/Period[2]/Note/text()\">new &amp; old</replace>",
       "<Note>new &amp; old</Note>"},
      {"replace an element", "<replace sel='/MPD/Period[@id=\"2\"]'><Period id='3'/></replace>",
       R"(</Period><Period id="3"/></MPD>)"},
      {"remove an element", "<remove sel=\"" + timeline + "/S[1]\"/>",
       R"(<SegmentTimeline><S d="3"/></SegmentTimeline>)"},
      {"remove an attribute", "<remove sel=\"" + timeline + "/S[1]/@t\"/>",
       R"(<S d="2"/><S d="3"/>)"},
      {"remove a text", "<remove sel=\"/MPD/Period[2]/Note/text()\"/>", "<Note/>"},
      {"one after the other",
       "<remove sel=\"/MPD/Period[1]\"/><replace sel=\"/MPD/Period[1]/@id\">x</replace>",
       R"(<Period id="x"><Note>old</Note></Period></MPD>)"},
  };
  for (const Case& one : cases)
    EXPECT_NE(content(patched(one.operations)).find(one.holds), std::string::npos)
        << one.name << ": " << content(patched(one.operations));
  EXPECT_NE(patched("")->find("publishTime=\"t1\""), std::string::npos);
}

TEST(MpdPatch, ElementsHaveThePrefixThatTheyHaveInTheManifest) {
  const std::string prefixed =
      R"(<d:MPD xmlns:d="urn:mpeg:dash:schema:mpd:2011" id="m" publishTime="t0"><d:Period/></d:MPD>)";
  const std::string changes =
      R"(<p:Patch xmlns:p="urn:mpeg:dash:schema:mpd-patch:2020")"
      R"( xmlns:m="urn:mpeg:dash:schema:mpd:2011" xmlns:o="urn:other" mpdId="m")"
      R"( originalPublishTime="t0" publishTime="t1">)"
      R"(<p:replace sel="/d:MPD/@publishTime">t1</p:replace>)"
      R"(<p:add sel="/m:MPD/Period"><m:AdaptationSet><m:Role/></m:AdaptationSet><o:Other/></p:add>)"
      R"(</p:Patch>)";
  EXPECT_EQ(content(patched_mpd(prefixed, changes, "http://h/p")),
            "<d:Period><d:AdaptationSet><d:Role/></d:AdaptationSet><o:Other/></d:Period></d:MPD>");
}

TEST(MpdPatch, RefusesWhatDoesNotFit) {
  struct Case {
    const char* operations;
    ErrorCode code;
  };
  const Case cases[] = {
      {"<remove sel=\"/MPD/Period\"/>", ErrorCode::malformed},           // Two of them.
      {"<remove sel=\"/MPD/Period[3]\"/>", ErrorCode::malformed},        // None.
      {"<remove sel=\"/MPD/Period[@id='7']\"/>", ErrorCode::malformed},  // None.
      {"<remove sel=\"/MPD/@nothing\"/>", ErrorCode::malformed},
      {"<remove sel=\"/MPD\"/>", ErrorCode::malformed},
      {"<replace sel=\"/MPD\"><MPD/></replace>", ErrorCode::malformed},
      {"<replace sel=\"/MPD/@nothing\">1</replace>", ErrorCode::malformed},
      {"<replace sel=\"/MPD/Period[1]\"/>", ErrorCode::malformed},
      {"<replace sel=\"/MPD/Period[1]\"><A/><B/></replace>", ErrorCode::malformed},
      {"<add sel=\"/MPD\" type=\"@id\">1</add>", ErrorCode::malformed},  // It is there.
      {"<add sel=\"/MPD\" pos=\"inside\"><A/></add>", ErrorCode::malformed},
      {"<add sel=\"/MPD\" pos=\"after\"><A/></add>", ErrorCode::malformed},
      {"<add sel=\"/MPD/@id\"><A/></add>", ErrorCode::malformed},
      {"<add sel=\"/MPD\" type=\"namespace::x\">1</add>", ErrorCode::unsupported},
      {"<move sel=\"/MPD\"/>", ErrorCode::unsupported},
      {"<remove/>", ErrorCode::unsupported},
      {"<remove sel=\"//Period\"/>", ErrorCode::unsupported},
      {"<remove sel=\"Period\"/>", ErrorCode::unsupported},
      {"<remove sel=\"/MPD/Period[last()]\"/>", ErrorCode::unsupported},
      {"<remove sel=\"/MPD/Period[0]\"/>", ErrorCode::unsupported},
      {"<remove sel=\"/MPD/Period[@id]\"/>", ErrorCode::unsupported},
      {"<remove sel=\"/MPD/Period[1\"/>", ErrorCode::unsupported},
      {"<remove sel=\"/MPD/@id/Period\"/>", ErrorCode::unsupported},
      {"<replace sel=\"/MPD/@publishTime\">t2</replace>", ErrorCode::malformed},
  };
  for (const Case& one : cases) {
    const auto text = patched(one.operations);
    ASSERT_FALSE(text) << one.operations;
    EXPECT_EQ(text.error().code, one.code) << one.operations << ": " << to_string(text.error());
  }
  const auto with = [](const std::string& from, const std::string& to) {
    std::string text = patch("");
    text.replace(text.find(from), from.size(), to);
    return patched_mpd(mpd, text, "http://h/p");
  };
  EXPECT_FALSE(with("mpdId=\"m\"", "mpdId=\"n\""));
  EXPECT_FALSE(with("mpdId=\"m\"", ""));
  EXPECT_FALSE(with("originalPublishTime=\"t0\"", "originalPublishTime=\"t9\""));
  EXPECT_FALSE(patched_mpd("<MPD publishTime='t0'/>", patch(""), "http://h/p")) << "without an id";
  EXPECT_FALSE(patched_mpd(mpd, mpd, "http://h/p"));
  EXPECT_FALSE(patched_mpd(mpd, "", "http://h/p"));
}

TEST(MpdPatch, HostileOnesCostNoMoreThanTheirMeasure) {
  // Two thousand operations that each pass fifty thousand elements.
  std::string wide = "<MPD id='m' publishTime='t0'><Period>";
  for (int i = 0; i < 50'000; ++i) wide += "<S/>";
  wide += "</Period></MPD>";
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "<replace sel='/MPD/Period/S[50000]/@t'/>";
  EXPECT_EQ(patched_mpd(wide, patch("<add sel='/MPD/Period/S[50000]' type='@t'>1</add>" + many), "")
                .error()
                .code,
            ErrorCode::limit_exceeded);
  // Attributes and texts are looked at as well as elements.
  std::string attributes, declarations, predicates, texts, nodes;
  for (int i = 0; i < 7000; ++i) {
    const std::string name = "a" + std::to_string(i);
    attributes += "<add sel='/MPD' type='@" + name + "'>1</add>";
    declarations += " xmlns:" + name + "='urn:mpeg:dash:schema:mpd:2011'";
    predicates += "<replace sel=\"/MPD[@id='m']/@id\">m</replace>";
    texts += "<replace sel='/MPD/Period/text()'>1</replace>";
    nodes += "<S/>";
  }
  const auto is_too_much = [](const std::string& of, const std::string& changes) {
    const auto text = patched_mpd(of, changes, "");
    return !text && text.error().code == ErrorCode::limit_exceeded;
  };
  EXPECT_TRUE(is_too_much(mpd, patch(attributes)));
  std::string declaring = patch("");
  declaring.insert(declaring.find(" mpdId"), declarations);
  EXPECT_TRUE(is_too_much(mpd, declaring));
  EXPECT_TRUE(is_too_much("<MPD publishTime='t0'" + declarations + " id='m'/>", patch(predicates)));
  EXPECT_TRUE(is_too_much("<MPD id='m' publishTime='t0'><Period>" + nodes + "</Period></MPD>",
                          patch(texts)));
  // Escapes make the result larger than its parts.
  const std::string half(static_cast<std::size_t>(limits::manifest_size.bytes()) / 3, '"');
  EXPECT_EQ(patched("<add sel='/MPD' type='@x'>" + half + "</add>").error().code,
            ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace rung::media
