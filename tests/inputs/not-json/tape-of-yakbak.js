var path = require("path");

/**
 * POST /api/v1/chat/completions
 *
 * host: openrouter.ai
 */

module.exports = function (req, res) {
  res.statusCode = 200;

  res.setHeader("content-type", "application/json");

  res.setHeader("x-yakbak-tape", path.basename(__filename, ".js"));

  res.write(new Buffer("eyJpZCI6ICJnZW4tMTc4MDY2Mjc4Ny0wMDAwMDAwMDAwMDAwMDAwMDAyNyIsICJvYmplY3QiOiAiY2hhdC5jb21wbGV0aW9uIiwgImNyZWF0ZWQiOiAxNzgwNjYyNzg3LCAibW9kZWwiOiAib3BlbmFpL2dwdC00by1taW5pIiwgInByb3ZpZGVyIjogIk9wZW5BSSIsICJjaG9pY2VzIjogW3siaW5kZXgiOiAwLCAiZmluaXNoX3JlYXNvbiI6ICJzdG9wIiwgIm5hdGl2ZV9maW5pc2hfcmVhc29uIjogInN0b3AiLCAibWVzc2FnZSI6IHsicm9sZSI6ICJhc3Npc3RhbnQiLCAiY29udGVudCI6ICJBdCB0ZW4uIn19XSwgInVzYWdlIjogeyJwcm9tcHRfdG9rZW5zIjogOSwgImNvbXBsZXRpb25fdG9rZW5zIjogNCwgInRvdGFsX3Rva2VucyI6IDEzLCAiY29zdCI6IDIuMWUtMDZ9fQ==", "base64"));
  res.end();

  return __filename;
}
