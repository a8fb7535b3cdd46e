"""The real gateway: one WeChat account behind a Wechaty puppet service (gRPC, protocol 1.x)."""
