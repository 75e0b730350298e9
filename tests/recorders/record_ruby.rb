# Ruby VCR with WebMock over Net::HTTP, and over Faraday.
#
#     ruby record_ruby.rb OUT
require "json"
require "net/http"
require "vcr"
require "webmock"

OUT = File.expand_path(ARGV.fetch(0))
CALLS = JSON.parse(File.read(File.join(__dir__, "calls.json"), encoding: "UTF-8"))

def send_all(coding)
  Net::HTTP.start("openrouter.ai", 443, use_ssl: true) do |http|
    CALLS.each do |call|
      kind = { "GET" => Net::HTTP::Get, "POST" => Net::HTTP::Post }.fetch(call["method"])
      request = kind.new(call["path"], { "Authorization" => "Bearer none", "Accept-Encoding" => coding }.merge(call["headers"]))
      if call["body"]
        request["Content-Type"] = "application/json"
        request.body = JSON.generate(call["body"])
      end
      http.request(request)
    end
  end
end

VCR.configure do |config|
  config.cassette_library_dir = OUT
  config.hook_into :webmock
  config.filter_sensitive_data("<API_KEY>") { "none" }
end

[
  ["ruby-vcr", "identity", {}],
  ["ruby-vcr-gzip", "gzip", {}],
  ["ruby-vcr-gzip-decoded", "gzip", { decode_compressed_response: true }],
  ["ruby-vcr-br", "br", {}],
  ["ruby-vcr-exact", "identity", { preserve_exact_body_bytes: true }],
  ["ruby-vcr-exact-gzip", "gzip", { preserve_exact_body_bytes: true }],
  ["ruby-vcr-json", "identity", { serialize_with: :json }],
  ["ruby-vcr-json-exact", "gzip", { serialize_with: :json, preserve_exact_body_bytes: true }],
].each do |name, coding, options|
  VCR.use_cassette(name, { record: :all, match_requests_on: [:method, :uri, :body] }.merge(options)) { send_all(coding) }
end
