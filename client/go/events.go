package main

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	hookdv1 "hookd/v1"
)

// openedEvent returns an event as a service would emit it. A field that is not set is omitted from the JSON.
func openedEvent() *hookdv1.Event {
	return &hookdv1.Event{Type: &hookdv1.Event_Opened{Opened: &hookdv1.Opened{
		OpenedAt:  proto.Int64(1435016238),
		UserAgent: proto.String("Mozilla/5.0"),
		User:      sampleUser(),
		Campaign:  sampleCampaign(),
		MessageId: proto.String("1234@mail.example.com"),
	}}}
}

// sampleEvents returns one event of each type.
func sampleEvents() []*hookdv1.Event {
	at, message, user, campaign := proto.Int64(1435016238), proto.String("1234@mail.example.com"), sampleUser(), sampleCampaign()
	return []*hookdv1.Event{
		openedEvent(),
		{Type: &hookdv1.Event_Sent{Sent: &hookdv1.Sent{SentAt: at, User: user, Campaign: campaign, MessageId: message}}},
		{Type: &hookdv1.Event_Delivered{Delivered: &hookdv1.Delivered{DeliveredAt: at, User: user, Campaign: campaign, MessageId: message}}},
		{Type: &hookdv1.Event_Clicked{Clicked: &hookdv1.Clicked{ClickedAt: at, User: user, Campaign: campaign, MessageId: message}}},
		{Type: &hookdv1.Event_Failed{Failed: &hookdv1.Failed{BounceCode: proto.Int32(521), User: user, Campaign: campaign}}},
		{Type: &hookdv1.Event_Bounced{Bounced: &hookdv1.Bounced{
			BouncedAt: at, BounceType: hookdv1.BounceType_BOUNCE_TYPE_HARD.Enum(), BounceCode: proto.Int32(550),
			BounceMessage: proto.String("no such user"), User: user, Campaign: campaign, MessageId: message,
		}}},
		{Type: &hookdv1.Event_Converted{Converted: &hookdv1.Converted{User: user, Campaign: campaign, MessageId: message}}},
		{Type: &hookdv1.Event_Unsubscribed{Unsubscribed: &hookdv1.Unsubscribed{
			UnsubscribedAt: at, User: user, Campaign: &hookdv1.UnsubscribedCampaign{CampaignTitle: proto.String("Welcome")},
		}}},
		{Type: &hookdv1.Event_Resubscribed{Resubscribed: &hookdv1.Resubscribed{User: user}}},
		{Type: &hookdv1.Event_Complained{Complained: &hookdv1.Complained{
			ComplainedAt: at, User: user, Campaign: campaign, MessageId: message,
			Event: &hookdv1.TriggerEvent{Name: proto.String("purchased item"), Data: freeForm("price", 12.5), TriggeredAt: at},
		}}},
		{Type: &hookdv1.Event_UserCreated{UserCreated: &hookdv1.UserCreated{User: &hookdv1.UserCreated_Profile{
			Id: user.Id, Email: user.Email, Properties: freeForm("firstname", "Steve"),
		}}}},
		{Type: &hookdv1.Event_UserUpdated{UserUpdated: &hookdv1.UserUpdated{
			User: user, Id: proto.String("123"), Email: user.Email, Changes: freeForm("firstname", "Stephen"),
		}}},
	}
}

func sampleUser() *hookdv1.User {
	return &hookdv1.User{
		Id:    &hookdv1.Id{Kind: &hookdv1.Id_Number{Number: 123}}, // or Id_Text, for ids that are strings
		Email: proto.String("steve@example.com"),
	}
}

func sampleCampaign() *hookdv1.Campaign {
	return &hookdv1.Campaign{
		Id:      &hookdv1.Id{Kind: &hookdv1.Id_Number{Number: 987}},
		Name:    proto.String("Order confirmation"),
		Subject: proto.String("Your order is being processed!"),
	}
}

func freeForm(name string, value any) *structpb.Struct {
	fields, err := structpb.NewStruct(map[string]any{name: value})
	if err != nil {
		panic(err) // only for values that JSON cannot represent
	}
	return fields
}
