"""ScrapeHub's dialect: the native API at `/api/v1`. Where its document is silent, the shape is ours."""
