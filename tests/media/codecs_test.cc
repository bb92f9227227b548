#include "media/codecs.h"

#include <gtest/gtest.h>

namespace rung::media {
namespace {

TEST(Codecs, TellTypeAndFamily) {
  EXPECT_EQ(split_codecs(" avc1.4d401e , mp4a.40.2,"),
            (std::vector<std::string>{"avc1.4d401e", "mp4a.40.2"}));
  EXPECT_EQ(content_type_of_codec("hvc1.1.6.L93"), ContentType::video);
  EXPECT_EQ(content_type_of_codec("stpp.ttml.im1t"), ContentType::text);
  EXPECT_EQ(content_type_of_codec("xyz"), ContentType::unknown);
  EXPECT_EQ(codec_family("mp4a.40.2,avc3.64001f", ContentType::video), CodecFamily::avc);
  EXPECT_EQ(codec_family("mp4a.40.34", ContentType::audio), CodecFamily::mp3);
  EXPECT_EQ(codec_family("", ContentType::audio), CodecFamily::none);
  EXPECT_EQ(codec_family("xyz", ContentType::audio), CodecFamily::other);
  EXPECT_EQ(codecs_of_type("avc1.1,mp4a.40.2,ec-3", ContentType::audio), "mp4a.40.2,ec-3");
}

}  // namespace
}  // namespace rung::media
