window.YTD.tweets.part0 = [
  {
    "tweet" : {
      "edit_info" : { "initial" : { "editTweetIds" : [ "1003" ] } },
      "retweeted" : false,
      "entities" : { "hashtags" : [ ], "symbols" : [ ], "user_mentions" : [ ], "urls" : [ ] },
      "id_str" : "1003",
      "in_reply_to_status_id_str" : "1002", "in_reply_to_user_id_str" : "77", "in_reply_to_screen_name" : "StrathCouncil",
      "created_at" : "Wed Jan 08 10:05:00 +0000 2014",
      "full_text" : "And the one at the church.",
      "lang" : "en"
    }
  },
  {
    "tweet" : {
      "entities" : {
        "hashtags" : [ { "text" : "grit", "indices" : [ "0", "5" ] } ],
        "user_mentions" : [ { "name" : "Ann Gillies", "screen_name" : "ann_g", "indices" : [ "0", "6" ], "id_str" : "501", "id" : "501" } ],
        "urls" : [ { "url" : "https://t.co/abc", "expanded_url" : "https://council.example/grit?a=1&b=2", "display_url" : "council.example/grit" } ]
      },
      "id_str" : "1002", "id" : "1002",
      "in_reply_to_status_id_str" : "900", "in_reply_to_user_id_str" : "501", "in_reply_to_screen_name" : "ann_g",
      "created_at" : "Wed Jan 08 10:00:00 +0000 2014",
      "full_text" : "@ann_g The bin at the school is full again &amp; open: https://t.co/abc #grit",
      "lang" : "en"
    }
  },
  {
    "tweet" : {
      "id_str" : "1001",
      "created_at" : "Tue Jan 07 08:00:00 +0000 2014",
      "full_text" : "Snow on the pass https://t.co/pic",
      "lang" : "und",
      "entities" : { "media" : [ { "url" : "https://t.co/pic", "media_url_https" : "https://pbs.twimg.com/media/SNOW.png" } ] },
      "extended_entities" : { "media" : [
        { "url" : "https://t.co/pic", "media_url_https" : "https://pbs.twimg.com/media/SNOW.png", "ext_alt_text" : "The pass" },
        { "url" : "https://t.co/pic", "media_url_https" : "https://pbs.twimg.com/thumb/v.jpg", "video_info" : { "variants" : [
          { "bitrate" : "256000", "content_type" : "video/mp4", "url" : "https://video.twimg.com/low.mp4?tag=1" },
          { "bitrate" : "832000", "content_type" : "video/mp4", "url" : "https://video.twimg.com/high.mp4?tag=1" },
          { "content_type" : "application/x-mpegURL", "url" : "https://video.twimg.com/list.m3u8" } ] } } ] }
    }
  },
  { "tweet" : { "id_str" : "1000", "created_at" : "Tue Jan 07 07:00:00 +0000 2014", "full_text" : "RT @ann_g: Snow" } },
  { "tweet" : { "id_str" : "999", "created_at" : "Thu Jan 01 00:00:00 +0000 1970", "full_text" : "old" } },
  { "tweet" : { "id_str" : "../x", "created_at" : "Tue Jan 07 07:00:00 +0000 2014", "full_text" : "odd" } }
]
